package import Redis
package import TrawlCore

/// Which shards of a run are in hand or put off, as Redis has it at one moment. For people who watch.
package struct ScheduledShards: Hashable, Sendable {
    package struct Held: Hashable, Sendable {
        package var worker: String
        package var token: LeaseToken
        /// When it can be claimed by others, by Redis's clock.
        package var deadline: Instant
    }

    package struct Delayed: Hashable, Sendable {
        /// When it can be claimed again, by Redis's clock.
        package var due: Instant
        /// Where its data is not complete yet: up to when the API's is.
        package var availableTo: String?
    }

    package var held: [ShardID: Held] = [:]
    package var delayed: [ShardID: Delayed] = [:]
    /// Failed tries of shards that are not finished, where there were any.
    package var attempts: [ShardID: Int] = [:]
    /// Workers that died holding it, likewise.
    package var reclaims: [ShardID: Int] = [:]

    package init() {}

    /// Empty when Redis does not know the run.
    package static func read(_ redis: RedisClient, run: String) async throws -> ScheduledShards {
        let keys = try RunKeys(run: run)
        let reply = ScriptReply(Scripts.shards, try await redis.evaluate(Scripts.shards, keys: keys.all))
        let parts = try reply.parts(7)
        func pairs(_ index: Int) throws -> [(ShardID, String)] {
            let values = try parts[index].array
            return try stride(from: 0, to: values.count - 1, by: 2).map {
                (try reply.shardID(values[$0].text), try values[$0 + 1].text)
            }
        }
        func numbers(_ index: Int) throws -> [(ShardID, Int)] {
            try pairs(index).map { id, text in
                guard let number = Int(text) else { throw reply.unexpected("'\(text)' of \(id)") }
                return (id, number)
            }
        }
        func instants(_ index: Int) throws -> [(ShardID, Instant)] {
            try numbers(index).map { ($0, Instant(milliseconds: Int64($1))) }
        }
        var shards = ScheduledShards()
        let tokens = Dictionary(try pairs(1)) { first, _ in first }
        let owners = Dictionary(try pairs(2)) { first, _ in first }
        for (id, deadline) in try instants(0) {
            shards.held[id] = Held(
                worker: owners[id] ?? "", token: LeaseToken(tokens[id] ?? ""), deadline: deadline)
        }
        shards.attempts = Dictionary(try numbers(3)) { first, _ in first }
        shards.reclaims = Dictionary(try numbers(4)) { first, _ in first }
        let waiting = Dictionary(try pairs(6)) { first, _ in first }
        for (id, due) in try instants(5) { shards.delayed[id] = Delayed(due: due, availableTo: waiting[id]) }
        return shards
    }
}
