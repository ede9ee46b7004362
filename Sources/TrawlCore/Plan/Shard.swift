/// One interval of one run that one worker fetches at a time.
///
/// The id is made from the interval and nothing else, so planning twice yields the same shards.
package struct Shard: Hashable, Sendable, Codable {
    package let interval: Interval
    /// The hits the parent's first page showed, for a shard that came from a split. A child that shows as many is not
    /// getting smaller: the API matches whole days.
    package let parentHits: Int?

    package init(_ interval: Interval, parentHits: Int? = nil) {
        self.interval = interval
        self.parentHits = parentHits
    }

    package var id: ShardID { ShardID(interval) }
}

/// The name of a shard: `20240101T000000Z-20240102T000000Z`, with milliseconds where they are not zero.
///
/// It is safe as a file name and as a Redis hash field, and it can be read back into its interval.
package struct ShardID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    package init(_ interval: Interval) {
        text = "\(Self.compact(interval.from))-\(Self.compact(interval.to))"
    }

    /// Nil when the text is not exactly what ``init(_:)`` makes of some interval.
    package init?(_ text: String) {
        guard let interval = Self.interval(of: text) else { return nil }
        self.init(interval)
        guard self.text == text else { return nil }
    }

    package var interval: Interval {
        guard let interval = Self.interval(of: text) else {
            preconditionFailure("shard id \(text) was checked when made")
        }
        return interval
    }

    package var description: String { text }

    package static func < (left: ShardID, right: ShardID) -> Bool { left.text < right.text }

    private static func compact(_ instant: Instant) -> String {
        let text = instant.rfc3339.filter { $0 != "-" && $0 != ":" }
        return text.hasSuffix(".000Z") ? text.dropLast(5) + "Z" : text
    }

    private static func interval(of text: String) -> Interval? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { instant(String($0)) }
        guard ends.count == 2, let from = ends[0], let to = ends[1] else { return nil }
        return Interval(from: from, to: to)
    }

    private static func instant(_ compact: String) -> Instant? {
        var reader = DigitReader(Array(compact.utf8))
        guard let year = reader.digits(4), let month = reader.digits(2), let day = reader.digits(2), reader.skip("T"),
            let hour = reader.digits(2), let minute = reader.digits(2), let second = reader.digits(2)
        else { return nil }
        var millisecond = 0
        if reader.skip(".") {
            guard let value = reader.milliseconds() else { return nil }
            millisecond = value
        }
        guard reader.skip("Z"), reader.isAtEnd else { return nil }
        return Instant(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
    }
}

extension ShardID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ShardID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no shard id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
