import Foundation
import Glibc
import TrawlCore
import TrawlStore

/// `trawl export`: the merged result as a table.
enum ExportCommand {
    static let spec = CommandSpec(
        name: "export", summary: "write the merged result as a table, one row a conversation",
        examples: [
            .init(
                purpose: "one row a conversation, for a spreadsheet",
                line: "trawl export january --csv --out january.csv"),
            .init(
                purpose: "columns of one's own: a standard one, a renamed one, two paths into the record",
                line: "trawl export january --csv --columns 'conversationId,start=startTime,"
                    + "mos=mediaStatsMinConversationMos,first=participants.0.purpose'"),
            .init(
                purpose: "the media types of all sessions, as a JSON array",
                line: "trawl export january --csv --columns 'conversationId,media=participants.*.sessions.*.mediaType'"),
        ],
        positional: "STORE", takes: [.directory],
        sections: [
            (
                "What",
                [
                    OptionSpec("--csv", nil, "the format: CSV with a header line, in UTF-8"),
                    OptionSpec(
                        "--columns", "LIST",
                        "NAME, PATH or NAME=PATH with commas between them (default "
                            + ExportColumn.standardNames.joined(separator: ",") + ")"),
                    OptionSpec("--out", "FILE", "write there instead of to standard output ('-')", takes: .file),
                    OptionSpec(
                        "--allow-gaps", nil,
                        "export although the result is not complete, or does not belong to its store any more"),
                ]
            ),
            ("Output", OutputOptions.options.filter { ["--quiet", "--no-color"].contains($0.name) }),
        ],
        notes: [
            "Standard columns. conversationId, startTime, endTime: as the API wrote them. channel: mediaType of the first session "
                + "of the customer or external participants that has one, else of any participant. duration: seconds from start "
                + "to end, three decimals, empty while open. queueName: participantName of the last acd participant that has "
                + "one, else the last queueId of all segments. agentName: participantName of the last agent, else its userId; "
                + "without an agent, the same of the last user. disposition: the last wrapUpCode of all segments. First and last "
                + "go by the order in the record.",
            "A path is keys and indices with dots between them; -1 is an array's last element, * all elements or members, which "
                + "gives a JSON array. '\\' takes the next sign literally (attributes.a\\.b); '$.' in front says that a path is "
                + "meant that has a standard column's name ($.duration). Numbers, true and false are written as they came, "
                + "objects and arrays as JSON. Absent and null values are empty, an empty text is \"\".",
            "Rows are in the order of the result, lines end with LF. Texts are not altered: a spreadsheet may take one that begins "
                + "with = for a formula. FILE is replaced when all of it is written. Every file is held against its hash while it "
                + "is read. Exit code 0 when all rows are written, 3 when there is no complete result (see --allow-gaps), 5 when a "
                + "file is damaged: rows that went to standard output before count for nothing then.",
        ],
        run: { try run($0) })

    private static func run(_ arguments: Arguments) throws -> Int32 {
        guard arguments.flag("--csv") else {
            throw Failure.usage("say in which format: --csv is the only one")
        }
        let console = OutputOptions.console(arguments)
        let store = try StoreArgument.open(arguments)
        let columns = try columns(arguments, store.plan.profile.records)
        let target = try arguments.value("--out").flatMap { try file($0, store) }
        let manifest = try result(of: store, allowsGaps: arguments.flag("--allow-gaps"), console: console)
        let export = Export(store: store, manifest: manifest, columns: columns)
        let signal = SignalFlag()
        // A signal ends the process at once, even while it waits for a pipe's reader; but not before a file that has only
        // begun is removed.
        let signals = target.map(Export.replaces) == true ? SignalWatch.signals() : nil
        let watch = signals.map { signals in
            Task { for await number in signals { _ = signal.raise(number) } }
        }
        defer { watch?.cancel() }
        let isWhole: Bool
        do throws(StoreError) {
            if let target {
                isWhole = try export.write(toFile: target) { signal.raised != nil }
            } else {
                isWhole = try export.write(to: STDOUT_FILENO, name: "standard output") { signal.raised != nil }
            }
        } catch {
            // 'trawl export … | head' has all it wants.
            if target == nil, isClosedPipe(error) { return ExitCode.signalled(SIGPIPE) }
            throw error
        }
        if !isWhole { return ExitCode.signalled(signal.raised ?? SIGTERM) }
        console.note(
            "exported \(Quantity.count(manifest.totals.records, "conversation")) in \(Quantity.count(columns.count, "column"))"
                + (target.map { " to \($0)" } ?? ""))
        return ExitCode.complete
    }

    private static func isClosedPipe(_ error: StoreError) -> Bool {
        guard case .io("write", _, let reason) = error else { return false }
        return reason == String(cString: strerror(EPIPE))
    }

    private static func columns(
        _ arguments: Arguments, _ records: EndpointProfile.Records
    ) throws -> [ExportColumn] {
        guard let list = arguments.value("--columns") else { return ExportColumn.standard(records) }
        do throws(ExportColumn.Fault) {
            return try ExportColumn.list(list, records)
        } catch {
            throw Failure.usage(
                "--columns '\(list)': \(error.reason); expected NAME, PATH or NAME=PATH with commas between them, such as "
                    + "conversationId,start=startTime,first=participants.0.purpose")
        }
    }

    /// Nil for standard output.
    private static func file(_ text: String, _ store: DirectoryStore) throws -> String? {
        if text == "-" { return nil }
        let url = URL(fileURLWithPath: text).standardizedFileURL
        var isFolder: ObjCBool = false
        guard !text.isEmpty, !text.hasSuffix("/"),
            !FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) || !isFolder.boolValue
        else { throw Failure.usage("--out '\(text)': expected a file, or - for standard output") }
        let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().path
        let root = URL(fileURLWithPath: store.root).resolvingSymlinksInPath().path
        guard folder != root, !folder.hasPrefix(root + "/") else {
            throw Failure.usage("--out '\(text)' is inside the run's directory, which holds its own files only")
        }
        return url.path
    }

    private static func result(
        of store: DirectoryStore, allowsGaps: Bool, console: Console
    ) throws -> Manifest {
        if let manifest = try store.standingResult(store.ledger()) { return manifest }
        guard let manifest = try store.manifest() else {
            throw Failure(
                ExitCode.incomplete,
                "\(store.root) is not merged: run the same 'trawl run' again, or 'trawl merge \(store.root)'")
        }
        let fault =
            manifest.verdict == .complete
            ? "does not stand: its files, its _SUCCESS or the parts it was made from have changed"
            : "is labelled '\(manifest.verdict.rawValue)', not complete"
        guard allowsGaps else {
            throw Failure(
                ExitCode.incomplete,
                "the result in \(store.root) \(fault); run the same 'trawl run' or 'trawl merge' again, or export it as it is "
                    + "with --allow-gaps")
        }
        console.warning("the result in \(store.root) \(fault)")
        return manifest
    }
}
