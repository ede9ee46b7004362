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

    /// The names of all runs that this Redis knows anything of, sorted: those on the list, and those whose keys are still
    /// there, such as complete ones. Looks at every key of one node.
    package func known() async throws -> [String] {
        let listed = try await runs().keys.filter { isPlainName($0) }
        let kept = try await KeyScan.names(redis, between: RunKeys.metaPrefix, and: RunKeys.metaSuffix)
        return Set(listed).union(kept).sorted()
    }

    package func add(_ run: String, store: String) async throws {
        try await redis.command("HSET", Keys.runs, run, store)
    }

    package func remove(_ run: String) async throws {
        try await redis.command("HDEL", Keys.runs, run)
    }
}
