package import Redis
package import TrawlCore

/// Something that happened to a run or one of its shards, for people who watch.
package struct RunEvent: Hashable, Sendable {
    /// Its place among the run's events: later ones are greater, as Redis orders them.
    package var id: String
    /// Redis's clock.
    package var time: Instant
    /// installed, state, halt, adopted, split, reclaimed, requeued, dead or operator.
    package var kind: String
    /// The shard, the epoch, the worker, the new state or the exit code.
    package var subject: String
    package var detail: String

    package init(id: String, time: Instant, kind: String, subject: String, detail: String) {
        self.id = id
        self.time = time
        self.kind = kind
        self.subject = subject
        self.detail = detail
    }

    /// Comes before every event.
    package static let beginning = "0-0"

    /// Adds an event of a person's doing; false when Redis does not know the run.
    @discardableResult
    package static func note(
        _ redis: RedisClient, run: String, kind: String, subject: String, detail: String
    ) async throws -> Bool {
        let keys = try RunKeys(run: run)
        let reply = try await redis.evaluate(Scripts.note, keys: keys.all, arguments: [kind, subject, detail])
        return try reply.integer == 1
    }

    /// The newest events of a run, newest first. Only the last thousand or so are kept.
    package static func latest(_ redis: RedisClient, run: String, count: Int) async throws -> [RunEvent] {
        let keys = try RunKeys(run: run)
        return try events(try await redis.command("XREVRANGE", keys.events, "+", "-", "COUNT", count))
    }

    /// The events of a run after the one with that id, oldest first, at most `count`.
    package static func after(
        _ id: String, _ redis: RedisClient, run: String, count: Int = 1000
    ) async throws -> [RunEvent] {
        let keys = try RunKeys(run: run)
        return try events(try await redis.command("XRANGE", keys.events, "(" + id, "+", "COUNT", count))
    }

    private static func events(_ reply: RedisReply) throws -> [RunEvent] {
        try reply.array.map { entry in
            let parts = try entry.array
            let id = try parts.first?.text ?? ""
            guard parts.count == 2, let time = Int64(id.prefix { $0 != "-" }) else {
                throw QueueError.unexpectedReply(script: "XRANGE", problem: "an event without a time")
            }
            let fields = try Fields(parts[1])
            return RunEvent(
                id: id, time: Instant(milliseconds: time), kind: fields["kind"] ?? "",
                subject: fields["subject"] ?? "", detail: fields["detail"] ?? "")
        }
    }
}
