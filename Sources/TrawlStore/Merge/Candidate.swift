import TrawlCore

/// What decides between the versions of one record. 64 bytes, so that many fit.
struct Candidate: BitwiseCopyable {
    let high: UInt64
    let low: UInt64
    /// The end, or one of the marks below.
    let end: Int64
    let fetched: Int64
    let start: Int64
    let idPrefix: UInt64
    /// The line's ordinal in the upper 48 bits, its rank in the lower 16.
    private let ordinalAndRank: UInt64
    let segments: UInt32
    /// The shard's position in the upper 24 bits, then one that says whether a later walk of it was accepted, and the
    /// walk in the lower 7.
    private let shardAndWalk: UInt32

    static let shardLimit = 1 << 24

    private static let outranked: UInt32 = 0x80
    private static let superseded = Int64.min
    private static let open = Int64.min + 1
    /// No end is that late: the marks of open records are mapped away, and years have four digits.
    private static let rejected = Int64.max
    /// Keeps digests of whole rejected lines apart from digests of ids.
    private static let rejectedSpace: UInt64 = 0x7265_6A65_6374_6564

    init(_ entry: RecordEntry, fetched: Int64, ordinal: Int, shard: Int, walk: Int, standing: WalkStanding) {
        let isRejected = entry.rejection != nil
        high = entry.id.high
        low = isRejected ? entry.id.low ^ Self.rejectedSpace : entry.id.low
        if standing == .superseded {
            end = Self.superseded
        } else if isRejected {
            end = Self.rejected
        } else if entry.flags.contains(.open) {
            end = Self.open
        } else {
            end = min(max(entry.end, Self.open + 1), Self.rejected - 1)
        }
        self.fetched = fetched
        start = entry.start
        idPrefix = entry.idPrefix
        ordinalAndRank = UInt64(ordinal) << 16 | UInt64(entry.rank)
        segments = entry.segments
        shardAndWalk = UInt32(shard) << 8 | (standing == .outranked ? Self.outranked : 0) | UInt32(min(walk, 127))
    }

    var ordinal: Int { Int(ordinalAndRank >> 16) }
    var shard: Int { Int(shardAndWalk >> 8) }
    private var walk: UInt32 { shardAndWalk & 0x7F }
    private var isOutranked: Bool { shardAndWalk & Self.outranked != 0 }
    private var rank: UInt64 { ordinalAndRank & 0xFFFF }
    var isSuperseded: Bool { end == Self.superseded }
    var isRejected: Bool { end == Self.rejected }

    @inline(__always)
    func isSameRecord(as other: Candidate) -> Bool { low == other.low && high == other.high }

    /// Lines of accepted walks over those of walks before one, then ended over open, then later end, then more segments,
    /// then later fetch, then greater bytes. Only lines with equal bytes of one page are left to the ordinal, where it
    /// changes nothing.
    @inline(__always)
    func beats(_ other: Candidate) -> Bool {
        if isOutranked != other.isOutranked { return other.isOutranked }
        if end != other.end { return end > other.end }
        if segments != other.segments { return segments > other.segments }
        if fetched != other.fetched { return fetched > other.fetched }
        if rank != other.rank { return rank > other.rank }
        return ordinalAndRank > other.ordinalAndRank
    }

    /// Why this version was dropped for `winner`.
    func reason(besides winner: Candidate) -> DropReason {
        if isSuperseded { return .rewalk }
        if isRejected { return .rejectedAgain }
        if shard != winner.shard { return .boundary }
        return walk != winner.walk ? .rewalk : .drift
    }
}

/// Why a line is not in the result.
enum DropReason: UInt32 {
    case boundary = 1
    case rewalk
    case drift
    /// The same rejected record stands in `rejected.ndjson` already.
    case rejectedAgain

    /// The word in `duplicates.ndjson`.
    var word: String {
        switch self {
        case .boundary: "boundary"
        case .rewalk: "re-walk"
        case .drift: "drift"
        case .rejectedAgain: "rejected-again"
        }
    }
}
