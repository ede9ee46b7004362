import TrawlCore

extension Verify {
    private static let fetchAdvice = "'trawl repair' has the next run fetch this shard again"

    mutating func checkShards(_ ledger: Ledger) {
        checkTiling(ledger)
        for (shard, outcome) in ledger.parts { checkPart(shard.id, outcome) }
        for (shard, outcome) in ledger.unproven {
            let proof = outcome.proof
            let total = proof.lastHits.map { " of \($0)" } ?? ""
            find(
                "out/\(shard.id).json",
                "\(proof.verdict.rawValue): \(proof.distinct)\(total) records after \(proof.walks) walks",
                "'trawl repair' has the next run walk it again; what changes while it is read proves itself later",
                .fetch, [shard.id], kind: .unproven)
        }
        if !ledger.owed.isEmpty { report.notes.append("\(Self.shards(ledger.owed.count)) not fetched yet") }
        if !ledger.dead.isEmpty { report.notes.append("\(Self.shards(ledger.dead.count)) gave up") }
        for (shard, _, skip) in ledger.skipped { report.notes.append("\(shard.id) is skipped: \(skip.reason)") }
    }

    private static func shards(_ count: Int) -> String { count == 1 ? "1 shard" : "\(count) shards" }

    /// A shard that a split leaves out would be missed by nobody else.
    private mutating func checkTiling(_ ledger: Ledger) {
        var isExplained = false
        for (shard, outcome) in ledger.cuts {
            for fault in shard.interval.tilingFaults(of: outcome.children.map(\.interval)) {
                isExplained = true
                find("out/\(shard.id).json", "of its children, \(fault)", Self.fetchAdvice, .fetch, [shard.id])
            }
        }
        guard !isExplained else { return }
        for fault in ledger.tilingFaults(of: store.plan.interval) {
            find("out", fault, "this run cannot be trusted; start it again in another directory", .person)
        }
    }

    private mutating func checkPart(_ shard: ShardID, _ outcome: PartOutcome) {
        do {
            let counts = try count(outcome)
            report.files += 2
            report.bytes += outcome.part.bytes + outcome.index.bytes
            report.lines += outcome.lines
            let proof = outcome.proof
            for (name, found, stated) in [
                ("records", counts.records, proof.records), ("distinct records", counts.distinct.count, proof.distinct),
                ("rejected records", counts.rejected.count, proof.rejected),
            ] where found != stated {
                find(
                    outcome.index.path, "the last walk has \(found) \(name); its proof says \(stated)",
                    Self.fetchAdvice, .fetch, [shard])
            }
        } catch {
            note(error, advice: Self.fetchAdvice, .fetch, [shard])
        }
    }

    private struct WalkCounts {
        var records = 0
        var distinct: Set<Digest128> = []
        var rejected: Set<Digest128> = []
    }

    /// Reads part and index to their ends.
    private func count(_ outcome: PartOutcome) throws(StoreError) -> WalkCounts {
        let reader = try PartReader(root: store.root, outcome: outcome)
        var counts = WalkCounts()
        while try reader.next() {
            guard reader.index.block.walk == outcome.proof.walks else { continue }
            for position in 0..<reader.index.block.entries {
                let entry = reader.index.entry(position)
                counts.records += 1
                counts.distinct.insert(entry.id)
                if entry.rejection != nil { counts.rejected.insert(entry.id) }
            }
        }
        return counts
    }

    // MARK: - Splits

    mutating func checkSplits(_ ledger: Ledger) {
        // What is not readable is told of already.
        let counts = store.splitCounts(ledger) { try? store.distinctIDs(of: $0) }
        report.splits += counts.count
        for count in counts where count.isShort {
            find(
                "out/\(count.shard).json",
                "the API counted \(count.hits) conversations before this shard was cut; its \(count.leaves) shards "
                    + "together hold \(count.distinct)",
                "'trawl repair' has the next run fetch them again", .fetch, count.below, kind: .unproven)
        }
    }
}
