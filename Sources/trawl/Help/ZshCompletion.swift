/// The function that has zsh complete a command line, for a directory of `$fpath` or for `source`.
enum ZshCompletion {
    static func script(_ outline: CompletionOutline) -> String {
        """
        #compdef trawl
        # Has zsh complete the command line of trawl \(Version.text). Written by 'trawl completion zsh'.

        _trawl() {
            local curcontext=$curcontext state state_descr line
            typeset -A opt_args
            _arguments -C \\
        \(outline.globalOptions.map { "        '(- *)\($0.name)[\(explained($0.help))]' \\" }.joined(separator: "\n"))
                '1:command:\(list(outline.commandWords))' \\
                '*:: :->arguments' && return
            [[ $state == arguments ]] && (( $+functions[_trawl_command_$line[1]] )) && _trawl_command_$line[1]
        }

        \((outline.commands.map { function($0, outline) } + alternatives(outline)).joined(separator: "\n\n"))

        if [[ ${funcstack[1]} == _trawl ]]; then
            _trawl "$@"
        else
            compdef _trawl trawl
        fi
        """
    }

    private static func function(_ spec: CommandSpec, _ outline: CompletionOutline) -> String {
        let arguments = outline.arguments(of: spec)
        var lines = spec.shownOptions.map { option(of: $0, outline) }
        // Places are counted from 1 here.
        for argument in arguments where argument.verb == nil {
            let place = argument.place.map { String($0 + 1) } ?? "*"
            lines.append("\(place):\(message(argument.name)):\(action(argument.kind))")
        }
        // What hangs on the verb is a state, decided when the verb is known.
        let after = arguments.filter { $0.verb != nil }
        for place in Set(after.compactMap(\.place)).sorted() { lines.append("\(place + 1): :->place-\(place + 1)") }
        var text = """
            _trawl_command_\(spec.name)() {
                local curcontext=$curcontext state state_descr line
                typeset -A opt_args
                _arguments -S -C \\
            \(lines.map { "        '\($0)'" }.joined(separator: " \\\n"))
            """
        if !after.isEmpty {
            let branches = after.map { argument in
                "        \(argument.verb ?? ""):place-\((argument.place ?? 0) + 1)) \(command(argument)) ;;"
            }
            text += """
                 && return
                    case $line[1]:$state in
                \(branches.joined(separator: "\n"))
                    esac
                """
        }
        return text + "\n}"
    }

    private static func option(of option: OptionSpec, _ outline: CompletionOutline) -> String {
        let name = (option.isRepeatable ? "*" : "") + option.name
        guard let value = option.value, option.needsValue else { return "\(name)[\(explained(option.help))]" }
        return "\(name)=[\(explained(option.help))]:\(message(value)):\(action(outline.kind(of: option)))"
    }

    /// What `_arguments` is to do, inside single quotes.
    private static func action(_ kind: ValueKind) -> String {
        switch kind {
        case .text, .subject: ""
        case .file: "_files"
        case .directory: "_files -/"
        case .words(let words): list(words)
        case .wordsOrFile: functionName(kind)
        }
    }

    /// The same as a command of its own.
    private static func command(_ argument: CompletionOutline.Argument) -> String {
        guard case .words = argument.kind else { return action(argument.kind) }
        return "_alternative 'words:value:\(action(argument.kind))'"
    }

    /// Values and files together need a function: an action must not have colons.
    private static func alternatives(_ outline: CompletionOutline) -> [String] {
        var written: Set<String> = []
        return outline.kinds.compactMap { kind in
            guard case .wordsOrFile(let words) = kind, written.insert(functionName(kind)).inserted else { return nil }
            return """
                \(functionName(kind))() {
                    _alternative 'words:value:\(list(words))' 'files:file:_files'
                }
                """
        }
    }

    /// Named by its first value: the same values make the same function.
    private static func functionName(_ kind: ValueKind) -> String {
        guard case .wordsOrFile(let words) = kind else { return "" }
        return "_trawl_like_\(words.first?.text.replacing("-", with: "_") ?? "")"
    }

    /// Values with what is said of them, as `_arguments` takes them.
    private static func list(_ words: [ValueKind.Word]) -> String {
        let items = words.map { word in
            let text = word.text.replacing(":", with: "\\:")
            return word.help.isEmpty ? text : "\(text)\\:\(escaped(word.help, in: "\\ \t()[]{}<>|&;*?#$`\"~=!:"))"
        }
        return "((" + items.joined(separator: " ") + "))"
    }

    private static func explained(_ text: String) -> String { escaped(text, in: "\\[]:") }

    /// The name of a value, which is between colons.
    private static func message(_ text: String) -> String { escaped(text, in: "\\:[]") }

    /// With a backslash before each of the signs; for single quotes, where a single quote is said in a roundabout way.
    private static func escaped(_ text: String, in signs: String) -> String {
        var result = ""
        for character in text {
            if character == "'" {
                result += signs.contains(" ") ? "\\'\\''" : "'\\''"
            } else {
                if signs.contains(character) { result.append("\\") }
                result.append(character)
            }
        }
        return result
    }
}
