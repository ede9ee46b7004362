import TrawlCore
import TrawlStore

/// One line of a run, with what the merge rules look at.
struct OracleLine {
    var record: TestRecord
    var fetched: Int64
    /// The records of its page, for the rank.
    var siblings: [TestRecord]
    var isSuperseded: Bool
    /// A later walk of its shard was accepted without a proof.
    var isOutranked = false

    private var key: (Int, Int64, Int, Int64) {
        (record.end == nil ? 0 : 1, record.end ?? 0, record.segments, fetched)
    }

    func beats(_ other: OracleLine) -> Bool {
        if isOutranked != other.isOutranked { return other.isOutranked }
        return key != other.key ? key > other.key : other.record.line.lexicographicallyPrecedes(record.line)
    }
}

/// The rules of the merge once more, in memory and without any cleverness.
func oracle(_ lines: [OracleLine], interval: Interval?) -> [TestRecord] {
    var best: [[UInt8]: OracleLine] = [:]
    for line in lines where !line.isSuperseded && line.record.rejection == nil {
        if let interval, !interval.contains(Instant(milliseconds: line.record.start)) { continue }
        let id = Array(line.record.id.utf8)
        if best[id].map({ line.beats($0) }) ?? true { best[id] = line }
    }
    return best.values.map(\.record).sorted { left, right in
        left.start != right.start
            ? left.start < right.start : left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}
