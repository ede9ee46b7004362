package import TrawlCore

/// What the API counted before a shard was cut, and what came of its pieces.
///
/// Every conversation that a shard's hits counted overlaps one of the pieces it was cut into, so together they hold at
/// least that many. Their own hits say nothing: a conversation may overlap several of them.
struct SplitCount: Hashable {
    let shard: ShardID
    let hits: Int
    /// Distinct ids of all pieces.
    let distinct: Int
    /// How many pieces there are, and they and everything between them and the shard.
    let leaves: Int
    let below: [ShardID]

    var isShort: Bool { distinct < hits }
}

extension DirectoryStore {
    /// All shards that were cut after they had been counted, and whose pieces are all there. `counting` counts the ids of
    /// pieces; nil leaves the shard out.
    func splitCounts<E: Error>(
        _ ledger: Ledger, counting: ([(shard: Shard, outcome: PartOutcome)]) throws(E) -> Int?
    ) throws(E) -> [SplitCount] {
        var counts: [SplitCount] = []
        for (shard, outcome) in ledger.cuts where outcome.hits != .max {
            let leaves = ledger.parts.filter { shard.interval.contains($0.shard.interval) }
            guard shard.interval.tilingFaults(of: leaves.map(\.shard.interval)).isEmpty,
                let distinct = try counting(leaves)
            else { continue }
            let cuts = ledger.cuts.map(\.shard).filter { shard.interval.contains($0.interval) }
            counts.append(
                SplitCount(
                    shard: shard.id, hits: outcome.hits, distinct: distinct, leaves: leaves.count,
                    below: (cuts + leaves.map(\.shard)).map(\.id)))
        }
        return counts
    }

    /// Distinct ids that these shards returned, in bounded memory. Walks that a proven one superseded do not count.
    package func distinctIDs(of leaves: [(shard: Shard, outcome: PartOutcome)]) throws(StoreError) -> Int {
        let census = IDCensus(expected: leaves.reduce(0) { $0 + $1.outcome.lines }, directory: root)
        for (shard, outcome) in leaves {
            let input = MergeInput(shard: shard.id, outcome: outcome, firstOrdinal: 0)
            let reader = try IndexReader("\(root)/\(outcome.index.path)", isHashing: false)
            while try reader.next() {
                guard input.standing(ofWalk: reader.block.walk) != .superseded else { continue }
                for position in 0..<reader.block.entries { try census.add(reader.entry(position).id) }
            }
        }
        return try census.finish().distinct
    }
}
