/// The help pages: examples first, then options.
enum HelpText {
    static func overview(_ commands: [CommandSpec], version: String) -> String {
        let width = commands.map(\.name.count).max() ?? 0
        let list = commands.map { "  \($0.name.padding(to: width))  \($0.summary)" }.joined(separator: "\n")
        return """
            trawl \(version): complete, deduplicated conversation history out of Genesys Cloud

            Try it without an account:
              trawl simulate --from 2024-01-01 --to 2024-01-08 --port 8080 &
              export GENESYSCLOUD_OAUTHCLIENT_ID=simulator GENESYSCLOUD_OAUTHCLIENT_SECRET=simulator-secret
              trawl run --from 2024-01-01 --to 2024-01-08 --out january --api-url http://127.0.0.1:8080

            Extract a year:
              export GENESYSCLOUD_OAUTHCLIENT_ID=… GENESYSCLOUD_OAUTHCLIENT_SECRET=… GENESYSCLOUD_REGION=eu-central-1
              trawl run --from 2023-01-01 --to 2024-01-01 --out history-2023 --workers 2

            Commands:
            \(list)

            'trawl COMMAND --help' shows a command's examples and options; 'trawl --version' the version.
            Exit codes: 0 complete and verified, 3 incomplete but resumable (run the same command again), 4 credentials or
            permission, 5 integrity, 6 stopped by a budget or deadline, 64 usage, 130/143 signalled, 1 anything else.

            """
    }

    static func page(_ spec: CommandSpec) -> String {
        var text = "trawl \(spec.name): \(spec.summary)\n\nExamples:\n"
        for example in spec.examples {
            text += "  # \(example.purpose)\n  \(example.line)\n"
        }
        let arguments = spec.positional.map { " \($0)" } ?? ""
        text += "\nUsage: trawl \(spec.name)\(arguments) [options]\n"
        let shown = spec.sections.map { ($0.title, $0.options.filter { !$0.isHidden }) }.filter { !$0.1.isEmpty }
        let names = shown.flatMap { $0.1.map(label) }
        let width = min(26, names.map(\.count).max() ?? 0)
        for (title, options) in shown + [("Other", [OptionSpec("--help", nil, "show this page")])] {
            text += "\n\(title):\n"
            for option in options {
                let name = label(option)
                if name.count > width {
                    text += "  \(name)\n"
                    for line in wrap(option.help, to: 116 - width - 4) {
                        text += String(repeating: " ", count: width + 4) + line + "\n"
                    }
                    continue
                }
                let lines = wrap(option.help, to: 116 - width - 4)
                text += "  \(name.padding(to: width))  \(lines[0])\n"
                for line in lines.dropFirst() { text += String(repeating: " ", count: width + 4) + line + "\n" }
            }
        }
        for note in spec.notes {
            text += "\n" + wrap(note, to: 116).joined(separator: "\n") + "\n"
        }
        return text
    }

    private static func label(_ option: OptionSpec) -> String {
        option.name + (option.value.map { " \($0)" } ?? "")
    }

    private static func wrap(_ text: String, to width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + 1 + word.count > width {
                lines.append("")
            }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines
    }
}

extension String {
    func padding(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
