import TrawlCore

/// Checks a store against itself: every file against its digest, every count against its proof, the shards against the
/// run's interval, splits against their hits, the result against its order. It changes nothing.
package struct Verify {
    let store: DirectoryStore
    var report = VerifyReport()

    package init(store: DirectoryStore) {
        self.store = store
    }

    /// Damage never throws: it is reported.
    package mutating func run() -> VerifyReport {
        report = VerifyReport()
        let ledger = readLedger()
        if let ledger {
            checkShards(ledger)
            checkSplits(ledger)
        }
        checkResult(of: ledger)
        return report
    }

    /// The ledger, with what cannot be read in it taken for not there. Nil where not even that can be told.
    private mutating func readLedger() -> Ledger? {
        var unreadable: [(shard: ShardID, isOutcome: Bool, error: any Error)] = []
        func attempt<Value>(
            _ shard: ShardID, isOutcome: Bool, _ read: (ShardID) throws -> Value?
        ) -> Value? {
            do {
                return try read(shard)
            } catch {
                unreadable.append((shard, isOutcome, error))
                return nil
            }
        }
        let store = store
        let ledger = Result {
            try Ledger(
                plan: store.plan, outcome: { attempt($0, isOutcome: true) { try store.outcome(of: $0) } },
                dead: { attempt($0, isOutcome: false) { try store.deadMarker(of: $0) } },
                skip: { attempt($0, isOutcome: false) { try store.skipMarker(of: $0) } })
        }
        for (shard, isOutcome, error) in unreadable {
            note(
                error, advice: isOutcome ? "its shard is then fetched again" : "its shard is then tried once more",
                isOutcome ? .fetch : .retry, [shard])
        }
        do {
            return try ledger.get()
        } catch {
            note(error, advice: "see above", .person)
            return nil
        }
    }

    // MARK: - Findings

    mutating func find(
        _ path: String, _ what: String, _ advice: String, _ remedy: VerifyReport.Finding.Remedy,
        _ shards: [ShardID] = [], kind: VerifyReport.Finding.Kind = .damaged
    ) {
        report.findings.append(
            VerifyReport.Finding(
                kind: kind, path: path, what: what, advice: advice, remedy: remedy, shards: shards))
    }

    mutating func note(
        _ error: any Error, advice: String, _ remedy: VerifyReport.Finding.Remedy, _ shards: [ShardID] = []
    ) {
        switch error as? StoreError {
        case .damaged(let path, let reason): find(relative(path), reason, advice, remedy, shards)
        case .io("open", let path, let reason) where !Files.exists(path):
            find(relative(path), "cannot open it: \(reason)", advice, remedy, shards)
        case .io(let operation, let path, let reason):
            // What cannot be read now may be whole: nothing is fetched again for that.
            find(relative(path), "cannot \(operation) it: \(reason)", "see to the disk and its permissions", .person)
        case .full(let path, let reason), .foreign(let path, let reason):
            find(relative(path), reason, "see to the disk", .person)
        case nil: find(".", "\(error)", advice, .person)
        }
    }

    private func relative(_ path: String) -> String {
        path.hasPrefix(store.root + "/") ? String(path.dropFirst(store.root.count + 1)) : path
    }
}
