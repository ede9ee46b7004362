import TrawlCore

/// What the store says of one shard.
enum ShardStanding: String, CustomStringConvertible {
    case done, cut, owed, dead, skipped
    /// Not in the tree that grows from the plan's roots.
    case unknown

    init(of shard: ShardID, in ledger: Ledger) {
        func isIt(_ other: Shard) -> Bool { other.id == shard }
        self =
            if ledger.dead.contains(where: { isIt($0.shard) }) {
                .dead
            } else if ledger.skipped.contains(where: { isIt($0.shard) }) {
                .skipped
            } else if ledger.owed.contains(where: isIt) {
                .owed
            } else if ledger.parts.contains(where: { isIt($0.shard) }) {
                .done
            } else if ledger.cuts.contains(where: { isIt($0.shard) }) {
                .cut
            } else {
                .unknown
            }
    }

    var description: String {
        switch self {
        case .done: "it is fetched"
        case .cut: "it was cut into smaller shards"
        case .owed: "it is owed, the next run fetches it"
        case .dead: "it is dead"
        case .skipped: "it is dead and skipped"
        case .unknown: "it is no shard of this run"
        }
    }
}
