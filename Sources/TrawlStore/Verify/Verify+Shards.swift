package import TrawlCore

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

    /// Every conversation that a shard's hits counted overlaps one of the pieces it was cut into, so together they hold
    /// at least that many. Their own hits say nothing: a conversation may overlap several of them.
    mutating func checkSplits(_ ledger: Ledger) {
        for (shard, outcome) in ledger.cuts where outcome.hits != .max {
            let leaves = ledger.parts.filter { shard.interval.contains($0.shard.interval) }
            // What is not all there yet, or not readable, is told of already.
            guard shard.interval.tilingFaults(of: leaves.map(\.shard.interval)).isEmpty,
                let distinct = try? store.distinctIDs(of: leaves)
            else { continue }
            report.splits += 1
            guard distinct < outcome.hits else { continue }
            let below = ledger.cuts.map(\.shard).filter { shard.interval.contains($0.interval) } + leaves.map(\.shard)
            find(
                "out/\(shard.id).json",
                "the API counted \(outcome.hits) conversations before this shard was cut; its \(leaves.count) shards "
                    + "together hold \(distinct)",
                "'trawl repair' has the next run fetch them again", .fetch, below.map(\.id), kind: .unproven)
        }
    }
}

extension DirectoryStore {
    /// Distinct ids that these shards returned, in bounded memory. Walks that a proven one superseded do not count.
    package func distinctIDs(of leaves: [(shard: Shard, outcome: PartOutcome)]) throws(StoreError) -> Int {
        let census = IDCensus(expected: leaves.reduce(0) { $0 + $1.outcome.lines }, directory: root)
        for (shard, outcome) in leaves {
            let input = MergeInput(shard: shard.id, outcome: outcome, firstOrdinal: 0)
            let reader = try IndexReader("\(root)/\(outcome.index.path)", isHashing: false)
            while try reader.next() {
                guard !input.isSuperseded(walk: reader.block.walk) else { continue }
                for position in 0..<reader.block.entries { try census.add(reader.entry(position).id) }
            }
        }
        return try census.finish().distinct
    }
}
