package import Redis
package import TrawlCore

/// Builds a run's schedule in Redis, or builds it anew under a newer epoch.
package struct RunInstaller: Sendable {
    /// What the schedule begins with.
    package struct Schedule: Sendable {
        /// The shards that are still owed, in the order they are to be fetched. Each at most once.
        package var owed: [Shard]
        /// Shards that are done already, for the counters.
        package var done: Int
        /// Requests made already, for the counters and the budget.
        package var requests: Int
        package var state: RunState
        /// Where the run's store is: what workers find in the list of runs.
        package var store: String
        /// For how long no shard may be claimed, only adopted.
        package var claimableAfter: Duration

        /// - Precondition: the state is not `stale`.
        package init(
            owed: [Shard], done: Int = 0, requests: Int = 0, state: RunState = .running, store: String,
            claimableAfter: Duration = .zero
        ) {
            precondition(state != .stale, "stale is no state to begin with")
            self.owed = owed
            self.done = done
            self.requests = requests
            self.state = state
            self.store = store
            self.claimableAfter = claimableAfter
        }
    }

    /// How long staged keys outlive a dead installer.
    static let stagingLife: Duration = .seconds(3600)
    private static let chunk = 1000

    private let redis: RedisClient
    private let keys: RunKeys
    private let epoch: Int

    package init(redis: RedisClient, run: String, epoch: Int) throws(QueueError) {
        keys = try RunKeys(run: run)
        self.redis = redis
        self.epoch = epoch
    }

    /// Returns when the schedule stands and the run is listed. Other workers see the old schedule until they see the
    /// whole new one.
    ///
    /// - Throws: ``QueueError/superseded(run:epoch:)`` when a schedule of this epoch or a newer one stands already;
    ///   ``QueueError/stagingLost(run:)`` when Redis was wiped meanwhile. A repeat is safe after any error.
    package func install(_ schedule: Schedule) async throws {
        // First: a listed run without a schedule is mended by the next worker that looks, an unlisted one is not.
        try await RunRegistry(redis: redis).add(keys.run, store: schedule.store)
        let incarnation = randomName()
        let staged = keys.staged(incarnation)
        for start in stride(from: 0, to: schedule.owed.count, by: Self.chunk) {
            let end = min(start + Self.chunk, schedule.owed.count)
            _ = try await redis.pipeline(Self.commands(staging: schedule.owed[start..<end], in: staged))
        }
        switch try await swap(schedule, incarnation, staged).text {
        case "installed": break
        case "stale": throw QueueError.superseded(run: keys.run, epoch: epoch)
        case "incomplete": throw QueueError.stagingLost(run: keys.run)
        case let other: throw QueueError.unexpectedReply(script: Scripts.install.name, problem: other)
        }
    }

    private func swap(_ schedule: Schedule, _ incarnation: String, _ staged: [String]) async throws(RedisError)
        -> RedisReply
    {
        let arguments: [any RedisArgument] = [
            epoch, incarnation, schedule.owed.count, "state", schedule.state.rawValue, "store", schedule.store,
            "done", schedule.done, "requests", schedule.requests, "granted", schedule.requests, "adoptionTime",
            schedule.claimableAfter.wholeMilliseconds,
        ]
        do throws(RedisError) {
            return try await redis.evaluate(Scripts.install, keys: keys.all + staged, arguments: arguments)
        } catch  where error.mayHaveRun {
            // The same incarnation again: if it was installed, Redis says so.
            return try await redis.evaluate(Scripts.install, keys: keys.all + staged, arguments: arguments)
        }
    }

    private static func commands(staging shards: ArraySlice<Shard>, in staged: [String]) -> [RedisCommand] {
        let children = shards.filter { $0.parentHits != nil }.map(\.id.text)
        let roots = shards.filter { $0.parentHits == nil }.map(\.id.text)
        var commands: [RedisCommand] = []
        for (list, ids) in [(staged[0], children), (staged[1], roots)] where !ids.isEmpty {
            commands.append(RedisCommand("RPUSH", arguments: [list] + ids))
        }
        commands.append(
            RedisCommand("HSET", arguments: [staged[2]] + shards.flatMap { [$0.id.text, $0.payload] }))
        commands.append(RedisCommand("HSET", arguments: [staged[3]] + shards.flatMap { [$0.id.text, "pending"] }))
        commands += staged.map { RedisCommand("PEXPIRE", $0, stagingLife.wholeMilliseconds) }
        return commands
    }
}
