import TrawlCore

/// What becomes of each line, by its ordinal. Only dropped lines are written down, in any order; they are read back in
/// the order of the lines, a window at a time.
final class VerdictLog {
    struct Drop {
        let reason: DropReason
        /// The position of the shard whose version was kept; nil where none was.
        let keptShard: Int?
    }

    private struct Record: BitwiseCopyable {
        let ordinal: UInt64
        let code: UInt64
    }

    private let streams: SpillStreams
    private let windowLines: Int
    private var window: [UInt32] = []
    private var current = -1

    init(lines: Int, windowLines: Int, blockBytes: Int, path: String) {
        self.windowLines = windowLines
        streams = SpillStreams(count: lines / windowLines + 1, blockBytes: blockBytes, path: path)
    }

    func drop(_ ordinal: Int, _ reason: DropReason, keptShard: Int?) throws(StoreError) {
        let code = UInt64(reason.rawValue) | UInt64((keptShard ?? -1) + 1) << 3
        try streams.append(Record(ordinal: UInt64(ordinal), code: code), to: ordinal / windowLines)
    }

    /// Nil for a line that stays. Ordinals must rise from call to call.
    @inline(__always)
    func verdict(_ ordinal: Int) throws(StoreError) -> Drop? {
        if ordinal / windowLines != current { try load(ordinal / windowLines) }
        let code = window[ordinal % windowLines]
        guard code != 0, let reason = DropReason(rawValue: code & 7) else { return nil }
        return Drop(reason: reason, keptShard: code >> 3 == 0 ? nil : Int(code >> 3) - 1)
    }

    private func load(_ number: Int) throws(StoreError) {
        let records = try streams.take(number)
        current = number
        window = [UInt32](repeating: 0, count: windowLines)
        for record in records.bytes.bindMemory(to: Record.self) {
            window[Int(record.ordinal) % windowLines] = UInt32(record.code)
        }
    }
}
