import TrawlCore
import TrawlStore

/// How far a run is, as its store tells it.
enum StoreStanding {
    /// In words, such as `in progress`.
    static func state(_ store: DirectoryStore, _ ledger: Ledger) throws -> String {
        if try store.standingResult(ledger) != nil { return "complete and verified" }
        if ledger.isComplete { return ledger.unproven.isEmpty ? "fetched, to be merged" : "fetched, not proven" }
        if ledger.isSettled { return "fetched but for what was skipped" }
        return ledger.owed.isEmpty ? "stopped by dead shards" : "in progress"
    }
}
