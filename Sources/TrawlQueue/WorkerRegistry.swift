import FoundationEssentials
package import Redis
package import TrawlCore

/// One worker process, as it describes itself.
package struct WorkerReport: Hashable, Sendable {
    /// Unique among all workers of this Redis.
    package var name: String
    package var host: String
    package var pid: Int
    package var version: String
    /// Concurrent shards.
    package var slots: Int
    /// The runs it serves now, each with the limiter it takes its slots from, where it has said so.
    package var serving: [String: String]
    /// Shards it holds now.
    package var shards: Int
    /// How long the process has been at work, by its own clock.
    package var age: Duration
    /// Since the process began.
    package var progress: Progress
    /// What it is doing with each of the shards it holds.
    package var activities: [ShardActivity]
    /// Redis's clock when it last reported. Set by Redis: what a reporter puts here is ignored.
    package var seenAt: Instant

    package init(
        name: String, host: String, pid: Int, version: String, slots: Int, run: String? = nil,
        limiter: String? = nil, shards: Int = 0, age: Duration = .zero, progress: Progress = Progress(),
        activities: [ShardActivity] = []
    ) {
        self.name = name
        self.host = host
        self.pid = pid
        self.version = version
        self.slots = slots
        serving = run.map { [$0: limiter ?? ""] } ?? [:]
        self.shards = shards
        self.age = age
        self.progress = progress
        self.activities = activities
        seenAt = Instant(milliseconds: 0)
    }
}

extension WorkerReport {
    /// The run it serves, where that is one.
    package var run: String? { serving.count == 1 ? serving.keys.first : nil }

    /// The limiter it takes its slots for that run from.
    package func limiter(of run: String) -> String? { serving[run].flatMap { $0.isEmpty ? nil : $0 } }

    /// What it does with shards of that run.
    package func activities(of run: String) -> [ShardActivity] { activities.filter { $0.run ?? run == run } }
}

/// Who works on the runs of one Redis. For people only: no shard is ever given to or taken from a worker because of
/// what stands here.
package struct WorkerRegistry: Sendable {
    /// A worker that was silent for this long is forgotten.
    package static let memory: Duration = .seconds(600)

    private let redis: RedisClient

    package init(redis: RedisClient) {
        self.redis = redis
    }

    /// Says that the worker lives. Call it with each beat.
    package func report(_ report: WorkerReport) async throws {
        guard isPlainName(report.name) else { throw QueueError.badName(report.name) }
        var arguments: [any RedisArgument] = [
            report.name, Self.memory.wholeMilliseconds, "host", report.host, "pid", report.pid, "version",
            report.version, "slots", report.slots, "serving",
            report.serving.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
            "shards", report.shards, "age", report.age.wholeMilliseconds, "activities",
            try Self.encode(report.activities),
        ]
        for (name, count) in Progress.counters { arguments += [name, report.progress[keyPath: count]] }
        try await redis.evaluate(
            Scripts.worker, keys: [Keys.workers, Keys.worker(report.name)], arguments: arguments)
    }

    private static func encode(_ activities: [ShardActivity]) throws -> String {
        String(decoding: try JSONEncoder().encode(activities), as: UTF8.self)
    }

    /// Redis's clock, to tell how long ago a worker was seen.
    package func now() async throws -> Instant {
        let time = try await redis.command("TIME").array
        guard time.count == 2 else {
            throw QueueError.unexpectedReply(script: "TIME", problem: "\(time.count) elements")
        }
        return Instant(milliseconds: try time[0].integer * 1000 + time[1].integer / 1000)
    }

    /// Forgets a worker that ended.
    package func leave(_ name: String) async throws {
        _ = try await redis.pipeline([
            RedisCommand("ZREM", Keys.workers, name), RedisCommand("DEL", Keys.worker(name)),
        ])
    }

    /// All workers not yet forgotten, by name. How long ago one was seen tells whether it still lives.
    package func workers() async throws -> [WorkerReport] {
        let names = try await redis.command("ZRANGE", Keys.workers, 0, -1).array.map { try $0.text }
        let hashes = try await redis.pipeline(names.map { RedisCommand("HGETALL", Keys.worker($0)) })
        return try zip(names, hashes).compactMap { name, hash in
            let fields = try Fields(hash)
            // Gone between the two reads.
            guard let seen = fields.number("seenAt") else { return nil }
            return WorkerReport(name: name, seenAt: Instant(milliseconds: Int64(seen)), fields)
        }.sorted { $0.name < $1.name }
    }
}

extension WorkerReport {
    fileprivate init(name: String, seenAt: Instant, _ fields: Fields) {
        self.init(
            name: name, host: fields["host"] ?? "", pid: fields.number("pid") ?? 0, version: fields["version"] ?? "",
            slots: fields.number("slots") ?? 0, shards: fields.number("shards") ?? 0,
            age: .milliseconds(fields.number("age") ?? 0),
            progress: Progress(fields), activities: Self.activities(fields["activities"] ?? ""))
        self.seenAt = seenAt
        // Names of runs and limiters have neither spaces nor equals signs.
        for pair in (fields["serving"] ?? "").split(separator: " ") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
            if parts.count == 2 { serving[String(parts[0])] = String(parts[1]) }
        }
    }

    /// None where another version of Trawl wrote them in another way.
    private static func activities(_ text: String) -> [ShardActivity] {
        (try? JSONDecoder().decode([ShardActivity].self, from: Data(text.utf8))) ?? []
    }
}
