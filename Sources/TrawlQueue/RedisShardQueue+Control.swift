import Redis
package import TrawlCore

extension RedisShardQueue {
    /// How long the keys of a complete run stay, for `status` and the dashboard.
    package static let keptAfterCompletion: Duration = .seconds(7 * 86_400)

    /// Gives back at once all shards of a worker that is known to be dead. A death is charged to each shard.
    ///
    /// Returns how many there were, and those that are dead now: the caller writes their markers.
    package func reclaim(worker name: String) async throws -> (count: Int, poisoned: [Lease]) {
        let reply = try await evaluate(Scripts.reclaim, [epoch, name, randomName(), options.reclaims])
        let reader = ScriptReply(Scripts.reclaim, reply)
        let parts = try reader.parts(2)
        return (Int(try parts[0].integer), try reader.leases(parts[1]))
    }

    /// Sets the state for everybody and returns the one before. `running` forgets a halt; `complete` also takes the run
    /// off the list of runs that workers serve.
    ///
    /// With `origins`, nothing is changed where the state before is none of them.
    ///
    /// - Precondition: the state is not `stale`, which is an answer and not a state.
    @discardableResult
    package func setState(_ state: RunState, from origins: [RunState] = []) async throws -> RunState {
        precondition(state != .stale, "stale is no state to set")
        let arguments: [any RedisArgument] =
            [epoch, state.rawValue, Self.keptAfterCompletion.wholeMilliseconds] + origins.map(\.rawValue)
        let reply = try await evaluate(Scripts.state, arguments)
        let before = try ScriptReply(Scripts.state, reply).state(reply.text)
        if state == .complete { try await RunRegistry(redis: redis).remove(keys.run) }
        return before
    }

    /// Gives a dead shard another life here, after the store has it. Returns whether it waits now: a shard that does, or
    /// is fetched or done, and any shard of a complete run, is left alone. Safe to repeat.
    @discardableResult
    package func requeue(_ shard: Shard) async throws -> Bool {
        try await number(Scripts.requeue, [epoch, shard.id.text, shard.payload], in: 0...1) == 1
    }

    /// All shards that gave up, the longest dead first. Their leases are history: the tokens are empty.
    package func dead() async throws -> [Lease] {
        let reply = try await evaluate(Scripts.graveyard, [epoch])
        return try ScriptReply(Scripts.graveyard, reply).leases(reply)
    }
}
