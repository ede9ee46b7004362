package import Redis

/// The runs of one Redis, so that a worker can serve them all knowing nothing but the Redis.
///
/// A hint, not a truth: it is wiped together with the schedules, and a run's store is checked before it is served.
package struct RunRegistry: Sendable {
    private let redis: RedisClient

    package init(redis: RedisClient) {
        self.redis = redis
    }

    /// Each run's store.
    package func runs() async throws -> [String: String] {
        let fields = try await redis.command("HGETALL", Keys.runs).array
        var runs: [String: String] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            runs[try fields[index].text] = try fields[index + 1].text
        }
        return runs
    }

    package func add(_ run: String, store: String) async throws {
        try await redis.command("HSET", Keys.runs, run, store)
    }

    package func remove(_ run: String) async throws {
        try await redis.command("HDEL", Keys.runs, run)
    }
}
