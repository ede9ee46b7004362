package import Redis

/// The most requests a run may make, over all its processes and lives. Exact: counted by Redis, one by one.
package struct RequestBudget: Sendable {
    package let most: Int
    private let redis: RedisClient
    private let keys: RunKeys

    package init(redis: RedisClient, run: String, most: Int) throws(QueueError) {
        keys = try RunKeys(run: run)
        self.redis = redis
        self.most = most
    }

    /// Takes one request. Returns false when there is none left.
    ///
    /// - Throws: ``QueueError/unknownRun(_:)`` while Redis has no schedule of the run, because nobody knows the count.
    func take() async throws -> Bool {
        switch try await redis.evaluate(Scripts.budget, keys: [keys.meta], arguments: [most, 1]).integer {
        case 1: true
        case 0: false
        default: throw QueueError.unknownRun(keys.run)
        }
    }

    /// Gives back a request that was not made.
    func giveBack() async throws {
        try await redis.evaluate(Scripts.budget, keys: [keys.meta], arguments: [most, -1])
    }
}
