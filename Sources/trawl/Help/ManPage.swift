/// A page for man(1), written in the macros of man(7).
struct ManPage {
    let name: String
    /// The file's content.
    private(set) var text: String

    private init(_ name: String, _ summary: String) {
        self.name = name
        text = """
            .\\" Written by 'trawl help --man'.
            .TH \(Self.quoted(name.uppercased())) 1 \(Version.date) \(Self.quoted("trawl " + Version.text)) "Trawl"
            .ad l
            .nh
            .SH NAME
            \(Self.escaped(name)) \\- \(Self.escaped(summary))

            """
    }

    var fileName: String { "\(name).1" }

    /// All of them: the program's own, then one for each command.
    static func all(_ groups: [CommandLineTool.Group]) -> [ManPage] {
        [overview(groups)] + groups.flatMap(\.commands).map(command)
    }

    private static func overview(_ groups: [CommandLineTool.Group]) -> ManPage {
        let commands = groups.flatMap(\.commands)
        var page = ManPage("trawl", "complete, deduplicated conversation history out of Genesys Cloud")
        page.section("SYNOPSIS")
        page.synopsis(["COMMAND"])
        page.section("DESCRIPTION")
        page.paragraph(
            "Trawl extracts conversations from the Analytics API of Genesys Cloud: it cuts an interval into shards, has any "
                + "number of worker processes fetch them under one shared quota, merges what they wrote into sorted, "
                + "deduplicated NDJSON, and says whether anything is missing.")
        for group in groups {
            page.add(".SS", group.name.prefix(1).uppercased() + group.name.dropFirst())
            page.terms(group.commands.map { ("trawl-\($0.name)(1)", $0.summary) })
        }
        page.section("EXAMPLES")
        page.paragraph("Try it without an account:")
        page.lines(RunCommand.trial)
        for topic in HelpTopic.all {
            page.section(topic.manTitle)
            for block in topic.blocks { page.add(block) }
        }
        page.section("SEE ALSO")
        page.paragraph(commands.map { "trawl-\($0.name)(1)" }.sorted().joined(separator: ", "))
        return page
    }

    private static func command(_ spec: CommandSpec) -> ManPage {
        var page = ManPage("trawl-\(spec.name)", spec.summary)
        page.section("SYNOPSIS")
        page.synopsis(spec.usages)
        page.section("EXAMPLES")
        for example in spec.examples {
            page.paragraph(example.purpose)
            page.lines([example.line])
        }
        if !spec.notes.isEmpty || !spec.verbs.isEmpty {
            page.section("DESCRIPTION")
            page.terms(spec.verbs.map { ($0.name, $0.summary) })
            for note in spec.notes { page.paragraph(note) }
        }
        page.section("OPTIONS")
        for (title, options) in spec.shownSections {
            page.add(".SS", title)
            page.terms(options.map { (HelpText.label($0), $0.help) })
        }
        page.section("SEE ALSO")
        page.paragraph(
            "trawl(1) has the exit codes (\(HelpTopic.exitCodes.manTitle)), the environment, and more about "
                + HelpTopic.all.dropFirst(2).map(\.name).joined(separator: ", "))
        return page
    }

    // MARK: - Macros

    private mutating func section(_ title: String) { add(".SH", title) }

    private mutating func add(_ macro: String, _ argument: String) {
        text += "\(macro) \(Self.quoted(argument))\n"
    }

    private mutating func add(_ block: HelpBlock) {
        switch block {
        case .title(let title): add(".SS", title)
        case .text(let paragraph): self.paragraph(paragraph)
        case .terms(let list): terms(list)
        case .lines(let lines): self.lines(lines)
        }
    }

    private mutating func synopsis(_ usages: [String]) {
        text += usages.map { ".B trawl \(Self.escaped($0))\n.RI [ options ]\n" }.joined(separator: ".br\n")
    }

    /// `.SH` and `.SS` begin a paragraph themselves.
    private mutating func paragraph(_ paragraph: String) {
        if !isAtTitle { text += ".PP\n" }
        text += Self.escaped(paragraph) + "\n"
    }

    private mutating func terms(_ list: [(name: String, meaning: String)]) {
        for (name, meaning) in list {
            text += ".TP\n.B \(Self.escaped(name))\n\(Self.escaped(meaning))\n"
        }
    }

    private mutating func lines(_ lines: [String]) {
        if !isAtTitle { text += ".PP\n" }
        text += ".RS 4\n.nf\n" + lines.map { Self.escaped($0) + "\n" }.joined() + ".fi\n.RE\n"
    }

    private var isAtTitle: Bool {
        let last = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        return last.hasPrefix(".SH ") || last.hasPrefix(".SS ")
    }

    private static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// The text with nothing in it that a formatter takes for anything but a sign to print.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            // Long lists without spaces may go on in the next line after each comma.
            if result.hasSuffix(","), character != " " { result += "\\:" }
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "\"": result += "\\(dq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "." where result.isEmpty: result += "\\&."
            case _ where !character.isASCII:
                let digits = String(character.value, radix: 16, uppercase: true)
                result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
