/// A half-open span of time `[from, to)` that holds at least one millisecond.
package struct Interval: Hashable, Sendable {
    package let from: Instant
    package let to: Instant

    /// Nil when `from` is not before `to`.
    package init?(from: Instant, to: Instant) {
        guard from < to else { return nil }
        self.from = from
        self.to = to
    }

    package var milliseconds: Int64 { to - from }

    package func contains(_ instant: Instant) -> Bool {
        from <= instant && instant < to
    }

    /// Whether all of `other` lies in this interval.
    package func contains(_ other: Interval) -> Bool { from <= other.from && other.to <= to }

    /// `from/to`, as the API's `interval` field wants it.
    package var apiText: String { "\(from.rfc3339)/\(to.rfc3339)" }

    /// Cuts into `count` neighbours whose lengths differ by at most one millisecond; fewer when there are not that many
    /// milliseconds. Their union is exactly this interval.
    package func cut(into count: Int) -> [Interval] {
        let pieces = Int64(max(1, min(Int64(count), milliseconds)))
        return (0..<pieces).compactMap { index in
            Interval(from: from + milliseconds * index / pieces, to: from + milliseconds * (index + 1) / pieces)
        }
    }
}

extension Interval {
    /// Where `pieces` do not make up this interval exactly, in words.
    package func tilingFaults(of pieces: [Interval]) -> [String] {
        var faults: [String] = []
        var reached = from
        for piece in pieces.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
            if piece.from != reached {
                let kind = piece.from > reached ? "gap" : "overlap"
                faults.append("the shards leave a \(kind) between \(reached) and \(piece.from)")
            }
            reached = max(reached, piece.to)
        }
        if reached != to { faults.append("the shards end at \(reached) instead of \(to)") }
        return faults
    }
}

extension Interval: CustomStringConvertible, Codable {
    package var description: String { "[\(from), \(to))" }

    private enum CodingKeys: String, CodingKey {
        case from, to
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let from = try container.decode(Instant.self, forKey: .from)
        let to = try container.decode(Instant.self, forKey: .to)
        guard let interval = Interval(from: from, to: to) else {
            throw DecodingError.dataCorruptedError(
                forKey: .to, in: container, debugDescription: "the interval ends at \(to), not after its start \(from)")
        }
        self = interval
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(from, forKey: .from)
        try container.encode(to, forKey: .to)
    }
}
