/// The script that has bash complete a command line. It needs nothing but bash 4.4; where bash-completion is loaded, paths
/// are completed by its function, which knows about quotes.
enum BashCompletion {
    static func script(_ outline: CompletionOutline) -> String {
        """
        # Has bash complete the command line of trawl \(Version.text). Written by 'trawl completion bash'.

        # Offers those of the words in $1 that begin like $cur.
        _trawl_offer() {
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$cur")
        }

        # Offers files, or with -d directories.
        _trawl_paths() {
            compopt -o filenames 2>/dev/null
            if declare -F _filedir >/dev/null; then
                _filedir "$@"
            else
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen "${1:--f}" -- "$cur")
            fi
        }

        _trawl() {
            COMPREPLY=()
            # bash cuts words at the signs of COMP_WORDBREAKS, = and : among them. Here they are put together again.
            local line=$COMP_LINE words=() n=-1 i
            for ((i = 0; i <= COMP_CWORD; i++)); do
                if ((n < 0)) || [[ $line == [[:space:]]* ]]; then
                    words[++n]=
                    line=${line#"${line%%[![:space:]]*}"}
                fi
                words[n]+=${COMP_WORDS[i]}
                line=${line#"${COMP_WORDS[i]}"}
            done
            local cur=${words[n]}

            # What stands before: the command, its arguments, and an option whose value comes now.
            local command='' verb='' count=0 option='' given=' '
            local options='\(names(outline.globalOptions))' valued=' ' repeatable=' '
            for ((i = 1; i < n; i++)); do
                if [[ $option ]]; then
                    option=
                elif [[ ${words[i]} == -?* ]]; then
                    given+="${words[i]%%=*} "
                    [[ $valued == *" ${words[i]} "* ]] && option=${words[i]}
                elif [[ $command ]]; then
                    ((count++ == 0)) && verb=${words[i]}
                else
                    command=${words[i]}
                    case $command in
        \(outline.commands.map(options).joined(separator: "\n"))
                    esac
                fi
            done

            local whole=$cur
            if [[ ! $option && $cur == --*=* && $valued == *" ${cur%%=*} "* ]]; then
                option=${cur%%=*}
                cur=${cur#*=}
            fi
            if [[ $option ]]; then
                case $command:$option in
        \(values(outline))
                esac
            elif [[ $cur == -* ]]; then
                local list=''
                for i in $options; do
                    [[ $given == *" $i "* && $repeatable != *" $i "* ]] || list+=" $i"
                done
                _trawl_offer "$list"
            elif [[ ! $command ]]; then
                _trawl_offer '\(outline.commands.map(\.name).joined(separator: " "))'
            else
                case $command:$count:$verb in
        \(arguments(outline))
                esac
            fi

            # What is offered takes the place of what follows the last cut only.
            local kept=${whole%"$cur"}
            if [[ $kept && $COMP_WORDBREAKS != *=* ]]; then
                COMPREPLY=("${COMPREPLY[@]/#/$kept}")
            fi
            if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
                kept=${cur%"${cur##*:}"}
                COMPREPLY=("${COMPREPLY[@]#"$kept"}")
            fi
        }

        complete -F _trawl trawl
        """
    }

    private static func names(_ options: [OptionSpec]) -> String { options.map(\.name).joined(separator: " ") }

    private static func options(of spec: CommandSpec) -> String {
        let shown = spec.shownOptions
        return """
                            \(spec.name))
                                options='\(names(shown))'
                                valued=' \(names(shown.filter(\.needsValue))) '
                                repeatable=' \(names(shown.filter(\.isRepeatable))) '
                                ;;
            """
    }

    /// One branch for each kind of value, with all the options that take it.
    private static func values(_ outline: CompletionOutline) -> String {
        var kinds: [ValueKind] = []
        var patterns: [ValueKind: [String]] = [:]
        for spec in outline.commands {
            for option in spec.shownOptions where option.needsValue {
                let kind = outline.kind(of: option)
                if kind == .text { continue }
                if patterns[kind] == nil { kinds.append(kind) }
                patterns[kind, default: []].append("\(spec.name):\(option.name)")
            }
        }
        return kinds.map { branch(patterns[$0, default: []], $0) }.joined(separator: "\n")
    }

    private static func arguments(_ outline: CompletionOutline) -> String {
        outline.commands.flatMap { spec in
            outline.arguments(of: spec).map { argument in
                branch(
                    ["\(spec.name):\(argument.place.map(String.init) ?? "*"):\(argument.verb ?? "*")"], argument.kind)
            }
        }.joined(separator: "\n")
    }

    private static func branch(_ patterns: [String], _ kind: ValueKind) -> String {
        "            \(patterns.joined(separator: " | "))) \(offer(kind)) ;;"
    }

    private static func offer(_ kind: ValueKind) -> String {
        switch kind {
        case .text, .subject: ":"
        case .file: "_trawl_paths"
        case .directory: "_trawl_paths -d"
        case .words(let words): "_trawl_offer '\(words.map(\.text).joined(separator: " "))'"
        case .wordsOrFile(let words): offer(.words(words)) + "; " + offer(.file)
        }
    }
}
