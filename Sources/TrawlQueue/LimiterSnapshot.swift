package import Redis
import TrawlCore

/// What Redis knows of a limiter at one moment.
package struct LimiterSnapshot: Hashable, Sendable {
    /// Slots given out since the limiter was new, void ones included.
    package var reserved: Int
    /// 429 answers reported since the limiter was new.
    package var throttled: Int
    /// How far ahead of the clock the next free slot lies. Near zero, the quota is not what holds requests back.
    package var ahead: Duration
    /// How long the gate stays shut.
    package var gate: Duration
    /// Between two slots, as last reserved; zero without a rate, nil while nothing is known.
    package var period: Duration?
    /// The rate that an operator has set.
    package var setRate: RequestRate?

    /// Slots a second that the rate allows; nil without one.
    package var slotsPerSecond: Double? {
        guard let period, period > .zero else { return nil }
        return 1 / period.seconds
    }

    /// Nil when nobody has used the limiter for a day.
    package static func read(_ redis: RedisClient, name: String) async throws -> LimiterSnapshot? {
        guard isPlainName(name) else { throw QueueError.badName(name) }
        let replies = try await redis.pipeline([RedisCommand("TIME"), RedisCommand("HGETALL", Keys.limiter(name))])
        let time = try replies[0].array
        let fields = try Fields(replies[1])
        guard !fields.values.isEmpty, time.count == 2 else { return nil }
        let now = Int(try time[0].integer * 1_000_000 + time[1].integer)
        func left(_ field: String) -> Duration { .microseconds(max(0, (fields.number(field) ?? 0) - now)) }
        let window = fields.number("window")
        let slots = fields.number("slots").flatMap { $0 > 0 ? $0 : nil }
        return LimiterSnapshot(
            reserved: fields.number("reserved") ?? 0, throttled: fields.number("throttled") ?? 0,
            ahead: max(left("tat"), left("gate")), gate: left("gate"),
            period: window.flatMap { window in slots.map { .microseconds(window / $0) } },
            setRate: fields["setRate"].flatMap { RequestRate($0) })
    }
}
