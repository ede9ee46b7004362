import Guarded
import TrawlCore
import TrawlStore

/// Runs the merge and shows how far it is.
enum Merging {
    static func merge(_ store: DirectoryStore, allowGaps: Bool, console: Console, monitor: RunMonitor) throws
        -> Manifest
    {
        let ledger = try store.ledger()
        console.note("merging \(Quantity.count(ledger.parts.count, "part"))")
        var options = MergeOptions()
        options.compression = store.compression
        options.allowGaps = allowGaps
        options.version = Version.text
        defer { console.clearStatus() }
        let told = Guarded<ContinuousClock.Instant?>(nil)
        do {
            return try Merge(store: store, ledger: ledger, options: options) { progress in
                monitor.note(progress)
                console.status("merging: \(progress.phase.rawValue) \(progress.done)/\(progress.total)")
                let isDue = told.with { told in
                    let isDue = told.map { $0.duration(to: .now) >= .seconds(1) } ?? true
                    if isDue || progress.done == progress.total { told = .now }
                    return isDue || progress.done == progress.total
                }
                guard isDue else { return }
                EventStream.emit(
                    "merge",
                    [
                        "phase": .string(progress.phase.rawValue), "done": .integer(Int64(progress.done)),
                        "total": .integer(Int64(progress.total)),
                    ])
            }.run()
        } catch StoreError.damaged(let path, let reason) {
            throw Failure(
                ExitCode.integrity,
                "\(path) is damaged: \(reason); 'trawl verify \(store.root)' lists everything that is, and "
                    + "'trawl repair \(store.root) --apply' has the next run fetch just that again")
        }
    }
}
