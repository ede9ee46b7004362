import TrawlCore

/// Counts ids, and those that come more than once, in bounded memory however many there are.
final class IDCensus {
    private struct Record: BitwiseCopyable {
        let high: UInt64
        let low: UInt64
    }

    /// Ids that are sorted at a time, and bytes that wait in memory for that.
    private static let partition = 1 << 19
    private static let resident = 16 << 20
    private static let leastBlock = 32 << 10

    private let streams: SpillStreams
    private let partitions: Int

    /// `expected` ids or so; what does not fit into memory goes to a nameless file in `directory`.
    init(expected: Int, directory: String) {
        partitions = max(1, expected / Self.partition + 1)
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        streams = SpillStreams(
            count: partitions, blockBytes: max(Self.leastBlock, Self.resident / partitions),
            path: "\(directory)/\(Files.temporaryPrefix)ids.\(random)")
    }

    @inline(__always)
    func add(_ id: Digest128) throws(StoreError) {
        // Ids are digests, so any of their bits spread them evenly.
        let partition = Int(id.high.multipliedFullWidth(by: UInt64(partitions)).high)
        try streams.append(Record(high: id.high, low: id.low), to: partition)
    }

    /// To be called once.
    func finish() throws(StoreError) -> (distinct: Int, repeated: Int) {
        var (distinct, repeated) = (0, 0)
        for partition in 0..<partitions {
            let bytes = try streams.take(partition)
            var records = Array(bytes.bytes.bindMemory(to: Record.self))
            records.sort { $0.high != $1.high ? $0.high < $1.high : $0.low < $1.low }
            var position = 0
            while position < records.count {
                var next = position + 1
                while next < records.count, records[next].high == records[position].high,
                    records[next].low == records[position].low
                {
                    next += 1
                }
                distinct += 1
                if next > position + 1 { repeated += 1 }
                position = next
            }
        }
        return (distinct, repeated)
    }
}
