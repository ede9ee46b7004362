package import Redis

/// The limiters of one Redis, and the operator's word to them.
package struct LimiterControl: Sendable {
    private let redis: RedisClient
    private static let life = 86_400_000

    package init(redis: RedisClient) {
        self.redis = redis
    }

    /// Names of all limiters that were used within a day, sorted. Looks at every key of one node.
    package func names() async throws -> [String] {
        try await KeyScan.names(redis, between: Keys.limiterPrefix, and: Keys.limiterSuffix)
    }

    /// Has every user of a limiter take this rate in place of its own from the next reservation on; nil gives each its own
    /// back. Reservations that wait are made anew. It holds as long as the limiter: gone a day after the last slot, and
    /// with a wiped Redis.
    ///
    /// Returns false, with nothing changed, where nobody has used the limiter for a day. Safe to repeat.
    ///
    /// A request that was within the limiter's `confirmAfter` of leaving may still leave at the old pace, and the pages of
    /// the last window were fetched at it: after a step down, one window may hold more than the new limit.
    package func set(_ rate: RequestRate?, name: String) async throws -> Bool {
        guard isPlainName(name) else { throw QueueError.badName(name) }
        let key = Keys.limiter(name)
        guard try await redis.command("EXISTS", key).integer == 1 else { return false }
        let change =
            rate.map {
                RedisCommand(
                    "HSET", key, "setRate", $0.description, "setWindow", $0.pacedWindow, "setSlots", $0.slots,
                    "setTolerance", $0.tolerance)
            } ?? RedisCommand("HDEL", key, "setRate", "setWindow", "setSlots", "setTolerance")
        // The rate first: whatever is reserved after the new generation is reserved at it.
        _ = try await redis.pipeline([
            change, RedisCommand("HINCRBY", key, "generation", 1), RedisCommand("PEXPIRE", key, Self.life),
        ])
        return true
    }
}
