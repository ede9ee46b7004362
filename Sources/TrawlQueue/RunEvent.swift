package import Redis
package import TrawlCore

/// Something that happened to a run or one of its shards, for the dashboard.
package struct RunEvent: Hashable, Sendable {
    /// Redis's clock.
    package var time: Instant
    /// installed, state, halt, split, reclaimed, dead, requeued or operator.
    package var kind: String
    /// The shard, the epoch, the new state or the exit code.
    package var subject: String
    package var detail: String

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
        let entries = try await redis.command("XREVRANGE", keys.events, "+", "-", "COUNT", count).array
        return try entries.map { entry in
            let parts = try entry.array
            guard parts.count == 2, let time = Int64(try parts[0].text.prefix { $0 != "-" }) else {
                throw QueueError.unexpectedReply(script: "XREVRANGE", problem: "an event without a time")
            }
            let fields = try Fields(parts[1])
            return RunEvent(
                time: Instant(milliseconds: time), kind: fields["kind"] ?? "", subject: fields["subject"] ?? "",
                detail: fields["detail"] ?? "")
        }
    }
}
