package import TrawlCore

/// Reads a store's ledger again and again, for whoever watches a run: outcomes never change while they are there, so each
/// is read from its file once.
package struct LedgerReader: Sendable {
    private let store: DirectoryStore
    /// By the names of their files.
    private var outcomes: [String: Outcome] = [:]

    package init(_ store: DirectoryStore) {
        self.store = store
    }

    /// What the store says of the run now. Costs the listing of two directories, and a file for each outcome that is new.
    package mutating func ledger() throws -> Ledger {
        let present = Set(try Files.names(in: "\(store.root)/out") ?? [])
        // One that was removed, by `trawl repair`, may come back with another content.
        outcomes = outcomes.filter { present.contains($0.key) }
        let dying = Set(try Files.names(in: "\(store.root)/dead") ?? [])
        return try Ledger(
            plan: store.plan,
            outcome: { shard in
                let name = "\(shard).json"
                guard present.contains(name) else { return nil }
                if let known = outcomes[name] { return known }
                let outcome = try store.outcome(of: shard)
                outcomes[name] = outcome
                return outcome
            },
            // Deaths are numbered from 1.
            dead: { dying.contains("\($0).1.json") ? try store.deadMarker(of: $0) : nil },
            skip: { try store.skipMarker(of: $0) })
    }
}
