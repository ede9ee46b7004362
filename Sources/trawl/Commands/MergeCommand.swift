import TrawlCore
import TrawlStore

/// `trawl merge`: turns a store's parts into the deduplicated result.
enum MergeCommand {
    static let spec = CommandSpec(
        name: "merge", summary: "merge a store's parts into the deduplicated, sorted result",
        examples: [
            .init(purpose: "after workers elsewhere have fetched everything", line: "trawl merge /mnt/history/2023"),
            .init(
                purpose: "look at an unfinished run; the result is labelled as having gaps",
                line: "trawl merge january --allow-gaps"),
        ],
        positional: "STORE", takes: [.directory],
        sections: [
            (
                "How",
                [
                    OptionSpec("--allow-gaps", nil, "merge although shards are owed or dead; no _SUCCESS is written"),
                    StoreOptions.compression, RunMonitor.option,
                ]
            ),
            ("Output", OutputOptions.options + [OutputOptions.logFormat]),
        ],
        notes: [
            "With --json, standard output is a stream of events, one JSON object a line: 'merge' ones, and one 'result' at the "
                + "end (docs/terminal.md).",
            "Dead shards that were skipped ('trawl dead skip') are gone without, and need no flag; the result is labelled with "
                + "gaps all the same. Exit code 0 for a complete result, 3 for one with gaps, 5 for one not proven.",
        ],
        streamsEvents: true,
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let console = OutputOptions.console(arguments)
        let monitor = try RunMonitor(arguments, log: console.log())
        defer { monitor.stop() }
        let store = try StoreArgument.open(arguments)
        monitor.name(store.plan.run)
        let lock = try store.lock()
        defer { withExtendedLifetime(lock) {} }
        let ledger = try store.ledger()
        let allowsGaps = arguments.flag("--allow-gaps")
        guard ledger.isSettled || allowsGaps else {
            throw Failure(
                ExitCode.incomplete,
                "\(store.root) is not complete: \(Quantity.count(ledger.owed.count, "shard")) owed, \(ledger.dead.count) dead; "
                    + "finish the run\(ledger.dead.isEmpty ? "" : ", decide with 'trawl dead list \(store.root)'"), or merge "
                    + "what there is with --allow-gaps")
        }
        let manifest = try Merging.merge(store, allowGaps: allowsGaps, console: console, monitor: monitor)
        return RunResult.report(manifest, store: store.root, arguments: arguments, console: console, isRepeat: false)
    }
}
