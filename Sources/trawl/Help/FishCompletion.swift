/// The script that has fish complete a command line.
enum FishCompletion {
    static func script(_ outline: CompletionOutline) -> String {
        var lines: [String] = []
        var functions: [ValueKind: String] = [:]
        var lists: [String] = []
        /// How a value is offered: the switches of `complete`.
        func offer(_ kind: ValueKind) -> String {
            switch kind {
            case .text, .subject: return ""
            case .file: return " -F"
            case .directory:
                return
                    " -a '(__fish_complete_directories (commandline -ct | string replace -r -- \"^--[a-z-]+=\" \"\"))'"
            case .words(let words), .wordsOrFile(let words):
                if functions[kind] == nil {
                    functions[kind] = "__trawl_words_\(functions.count + 1)"
                    lists.append(list(words, as: functions[kind] ?? ""))
                }
                let files = if case .wordsOrFile = kind { " -F" } else { "" }
                return "\(files) -a '(\(functions[kind] ?? ""))'"
            }
        }
        func add(_ condition: String, _ rest: String) { lines.append("complete -c trawl -n '\(condition)'\(rest)") }

        let globals = outline.globalOptions
        for option in globals {
            add("not __trawl_command", " -l \(option.name.dropFirst(2)) -d \(quoted(option.help))")
        }
        add("not __trawl_command", " -a '(__trawl_commands)'")
        for spec in outline.commands {
            for option in spec.shownOptions {
                let name = " -l \(option.name.dropFirst(2)) -d \(quoted(option.help))"
                add(
                    "__trawl_command \(spec.name)",
                    name
                        + (!option.needsValue
                            ? "" : takesValue(outline.kind(of: option)) + offer(outline.kind(of: option))))
            }
            for argument in outline.arguments(of: spec) {
                let place = argument.place.map(String.init) ?? "any"
                add("__trawl_at \(spec.name) \(place)\(argument.verb.map { " \($0)" } ?? "")", offer(argument.kind))
            }
        }
        return """
            # Has fish complete the command line of trawl \(Version.text). Written by 'trawl completion fish'.

            # The words before the cursor that are neither options nor their values, without trawl itself.
            function __trawl_arguments
                set -l words (commandline -opc)
                set -l command
                set -l valued
                set -l waits 0
                for word in $words[2..]
                    if test $waits = 1
                        set waits 0
                    else if string match -q -- '-?*' $word
                        contains -- $word $valued; and set waits 1
                    else
                        printf '%s\\n' $word
                        test -n "$command"; and continue
                        set command $word
                        switch $command
            \(outline.commands.map(valued).joined(separator: "\n"))
                        end
                    end
                end
            end

            # Whether that command is given; without a name, whether one is.
            function __trawl_command
                set -l words (__trawl_arguments)
                test (count $words) -gt 0; or return 1
                test (count $argv) -eq 0; or test $words[1] = $argv[1]
            end

            # Whether the cursor is at that argument of that command: __trawl_at COMMAND PLACE [VERB].
            function __trawl_at
                __trawl_command $argv[1]; or return 1
                set -l words (__trawl_arguments)
                test $argv[2] = any; or test (count $words) -eq (math $argv[2] + 1); or return 1
                test (count $argv) -lt 3; or test $words[2] = $argv[3]
            end

            \(list(outline.commandWords, as: "__trawl_commands"))

            \(lists.joined(separator: "\n\n"))

            # Nothing but what is said here.
            complete -c trawl -e
            complete -c trawl -f
            \(lines.joined(separator: "\n"))
            """
    }

    /// `-x` wants a value and leaves files out, `-r` wants one.
    private static func takesValue(_ kind: ValueKind) -> String {
        switch kind {
        case .file, .wordsOrFile: " -r"
        default: " -x"
        }
    }

    private static func valued(_ spec: CommandSpec) -> String {
        let names = spec.shownOptions.filter(\.needsValue).map(\.name).joined(separator: " ")
        return """
                            case \(spec.name)
                                set valued \(names)
            """
    }

    /// A function that prints words and, behind a tab, what is said of them.
    private static func list(_ words: [ValueKind.Word], as name: String) -> String {
        let rows = words.map { "    printf '%s\\t%s\\n' \(quoted($0.text)) \(quoted($0.help))" }
        return "function \(name)\n\(rows.joined(separator: "\n"))\nend"
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
