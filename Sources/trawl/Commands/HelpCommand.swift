import Foundation

/// `trawl help`: the overview, a command's page or a topic's, and the man pages.
enum HelpCommand {
    static let spec = CommandSpec(
        name: "help", summary: "what a command does, or more about a topic; writes the man pages",
        examples: [
            .init(purpose: "the same as 'trawl run --help'", line: "trawl help run"),
            .init(purpose: "what does exit code 5 mean?", line: "trawl help exit-codes"),
            .init(purpose: "which conversations can be chosen, and how?", line: "trawl help filters"),
            .init(
                purpose: "trawl(1), trawl-run(1) and so on, for 'man'",
                line: "trawl help --man /usr/local/share/man/man1"),
        ],
        positional: "[COMMAND | TOPIC]", takes: [.subject],
        sections: [
            (
                "Man pages",
                [
                    OptionSpec(
                        "--man", "DIR", "write all man pages there instead; made if missing, theirs are replaced",
                        takes: .directory)
                ]
            )
        ],
        notes: ["Topics. " + HelpTopic.all.map { "\($0.name): \($0.summary)." }.joined(separator: " ")],
        run: { try run($0) })

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let groups = CommandLineTool.groups
        if let folder = arguments.value("--man") {
            guard let name = arguments.positional else {
                guard !folder.isEmpty else { throw Failure.usage("--man '': expected a directory") }
                try write(ManPage.all(groups), to: folder)
                return ExitCode.complete
            }
            throw Failure.usage("--man writes the pages of everything; leave out '\(name)'")
        }
        guard let name = arguments.positional else {
            Console.result(HelpText.overview(groups, version: Version.text))
            return ExitCode.complete
        }
        if let spec = CommandLineTool.commands.first(where: { $0.name == name }) {
            Console.result(HelpText.page(spec))
        } else if let topic = HelpTopic.all.first(where: { $0.name == name }) {
            Console.result(HelpText.page(topic))
        } else {
            throw Failure.usage(
                "there is no help about '\(name)'; the topics are \(HelpTopic.all.map(\.name).joined(separator: ", ")), "
                    + "and 'trawl --help' lists the commands")
        }
        return ExitCode.complete
    }

    /// Readable by everybody, unlike all else that is written: they hold nobody's conversations.
    private static func write(_ pages: [ManPage], to folder: String) throws {
        let files = FileManager.default
        do {
            if !files.fileExists(atPath: folder) {
                try files.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            }
            for page in pages {
                let path = folder + "/" + page.fileName
                try Data(page.text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
                try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            }
        } catch {
            throw Failure(ExitCode.unclassified, "--man \(folder): cannot be written: \(error.localizedDescription)")
        }
    }
}
