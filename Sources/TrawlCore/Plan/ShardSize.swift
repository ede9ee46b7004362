/// How long root shards are: a number of calendar days, or an even length below one day.
package enum ShardSize: Hashable, Sendable {
    case days(Int)
    case even(milliseconds: Int64)

    /// The longest interval the API takes (genesys-api.md section 1).
    package static let longestDays = 31

    /// The most root shards of a run: they are all in its plan.
    package static let mostRoots: Int64 = 1_000_000

    /// Reads `1d`, `7d`, `6h`, `15m`, `30s`. Nil for anything else, and for more than ``longestDays``.
    package init?(_ text: String) {
        guard let duration = DurationText.parse(text) else { return nil }
        let milliseconds = duration.wholeMilliseconds
        guard milliseconds <= Int64(Self.longestDays) * Instant.millisecondsPerDay else { return nil }
        if milliseconds.isMultiple(of: Instant.millisecondsPerDay) {
            self = .days(Int(milliseconds / Instant.millisecondsPerDay))
        } else {
            self = .even(milliseconds: milliseconds)
        }
    }

    /// At most how many root shards an interval is cut into, without cutting it.
    package func mostRoots(of interval: Interval) -> Int64 {
        switch self {
        // A civil day has 22 hours at least, and the pieces at both ends may be short.
        case .days(let count): interval.milliseconds / (Int64(count) * 22 * 3_600_000) + 2
        case .even(let milliseconds): interval.milliseconds / milliseconds + 1
        }
    }

    /// Cuts `interval` into root shards. They are in order, do not overlap, and their union is exactly the interval.
    ///
    /// Days begin at midnight of the time zone, so a shard of one day has 23 or 25 hours where the clocks change.
    package func roots(of interval: Interval, days calendar: CalendarDays) -> [Shard] {
        var cuts: [Instant] = []
        switch self {
        case .days(let count):
            let midnights = calendar.boundaries(inside: interval)
            // A first piece that begins in mid-day ends at the first midnight; whole days are counted from there.
            let first = calendar.isMidnight(interval.from) ? count - 1 : 0
            for (index, midnight) in midnights.enumerated() where (index - first).isMultiple(of: count) {
                cuts.append(midnight)
            }
        case .even(let milliseconds):
            var cut = interval.from + milliseconds
            while cut < interval.to {
                cuts.append(cut)
                cut = cut + milliseconds
            }
        }
        let edges = [interval.from] + cuts + [interval.to]
        return zip(edges, edges.dropFirst()).compactMap { Interval(from: $0, to: $1).map { Shard($0) } }
    }
}

extension ShardSize: CustomStringConvertible, Codable {
    package var description: String {
        switch self {
        case .days(let count): "\(count)d"
        case .even(let milliseconds): DurationText.format(.milliseconds(milliseconds))
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let size = ShardSize(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no shard size")
        }
        self = size
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
