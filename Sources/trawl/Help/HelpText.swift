/// Help as a terminal shows it: examples first, then options.
enum HelpText {
    private static let width = 116

    /// One screen: what to type first, and which commands there are.
    static func overview(_ groups: [CommandLineTool.Group], version: String) -> String {
        let commands = groups.flatMap(\.commands)
        let width = commands.map(\.name.count).max() ?? 0
        let margin = groups.map(\.name.count).max() ?? 0
        let list = groups.flatMap { group in
            group.commands.enumerated().map { index, spec in
                "  \((index == 0 ? group.name : "").padding(to: margin))  \(spec.name.padding(to: width))  \(spec.summary)"
            }
        }.joined(separator: "\n")
        return """
            trawl \(version): complete, deduplicated conversation history out of Genesys Cloud

            Try it without an account:
            \(RunCommand.trial.map { "  \($0)" }.joined(separator: "\n"))

            Extract a year:
              export \(APIOptions.idVariable)=… \(APIOptions.secretVariable)=… \(APIOptions.regionVariable)=eu-central-1
              trawl run --from 2023-01-01 --to 2024-01-01 --out history-2023 --workers 2

            \(list)

            'trawl COMMAND --help' has a command's examples and options, 'trawl help TOPIC' more about
            \(HelpTopic.all.map(\.name).joined(separator: ", ")). 'trawl --version' shows the version.

            """
    }

    static func page(_ spec: CommandSpec) -> String {
        var text = "trawl \(spec.name): \(spec.summary)\n\nExamples:\n"
        for example in spec.examples {
            text += "  # \(example.purpose)\n  \(example.line)\n"
        }
        let usages = spec.usages.map { "trawl \($0) [options]" }
        if spec.verbs.isEmpty {
            text += "\nUsage: \(usages[0])\n"
        } else {
            text += "\nUsage:\n" + terms(Array(zip(usages, spec.verbs.map(\.summary))), widest: 60)
        }
        let shown = spec.shownSections
        let width = column(shown.flatMap { $0.options.map(label) }, widest: 26)
        for (title, options) in shown {
            text += "\n\(title):\n" + terms(options.map { (label($0), $0.help) }, column: width)
        }
        for note in spec.notes {
            text += "\n" + wrapped(note)
        }
        return text
    }

    static func page(_ topic: HelpTopic) -> String {
        var text = "trawl help \(topic.name): \(topic.summary)\n"
        for block in topic.blocks {
            text += "\n"
            switch block {
            case .title(let title): text += title + ":\n"
            case .text(let paragraph): text += wrapped(paragraph)
            case .terms(let list): text += terms(list, widest: 34)
            case .lines(let lines): text += lines.map { "  \($0)\n" }.joined()
            }
        }
        // A title stands above what it is the title of.
        return text.replacing(":\n\n", with: ":\n")
    }

    static func label(_ option: OptionSpec) -> String {
        option.name + (option.value.map { " \($0)" } ?? "")
    }

    // MARK: - Lines

    private static func column(_ names: [String], widest: Int) -> Int { min(widest, names.map(\.count).max() ?? 0) }

    private static func terms(_ list: [(name: String, meaning: String)], widest: Int) -> String {
        terms(list, column: column(list.map(\.name), widest: widest))
    }

    /// Two columns. What stands in the first and is too long for it has a line of its own.
    private static func terms(_ list: [(name: String, meaning: String)], column: Int) -> String {
        var text = ""
        let margin = String(repeating: " ", count: column + 4)
        for (name, meaning) in list {
            let lines = wrap(meaning, to: width - column - 4)
            text += "  \(name.padding(to: column))" + (name.count > column ? "\n\(margin)" : "  ") + "\(lines[0])\n"
            for line in lines.dropFirst() { text += margin + line + "\n" }
        }
        return text
    }

    private static func wrapped(_ paragraph: String) -> String {
        wrap(paragraph, to: width).joined(separator: "\n") + "\n"
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
