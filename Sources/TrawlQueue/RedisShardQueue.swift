import Guarded
package import Redis
package import TrawlCore

/// The schedule of one run in Redis, as one worker sees it.
///
/// Every call is one script, so a process that dies between two calls, or whose reply is lost, leaves a state that the
/// next claim of anyone mends. Nothing here is the truth about what was fetched: the store is.
///
/// A reply that is lost with the connection does not strand what it granted: the next claim repeats the request and
/// gets the same shards.
package final class RedisShardQueue: ShardQueue {
    package struct Options: Hashable, Sendable {
        /// How long a claim lasts without a beat.
        package var lease: Duration
        /// Failed tries at which a shard is dead.
        package var attempts: Int
        /// Dead workers at which a shard is dead.
        package var reclaims: Int

        /// - Precondition: the lease has at least one millisecond, and the caps are positive.
        package init(lease: Duration = .seconds(30), attempts: Int = 8, reclaims: Int = 3) {
            precondition(lease >= .milliseconds(1) && attempts > 0 && reclaims > 0, "lease and caps must be positive")
            self.lease = lease
            self.attempts = attempts
            self.reclaims = reclaims
        }
    }

    package let keys: RunKeys
    private let joined: Guarded<Int>
    /// Unique among all workers of this Redis.
    package let worker: String
    package let options: Options
    let redis: RedisClient
    /// Claims whose answer never came.
    private let unanswered = UnansweredRequests()

    package init(
        redis: RedisClient, run: String, epoch: Int, worker: String, options: Options = Options()
    ) throws(QueueError) {
        keys = try RunKeys(run: run)
        guard isPlainName(worker) else { throw .badName(worker) }
        self.redis = redis
        joined = Guarded(epoch)
        self.worker = worker
        self.options = options
    }

    /// The schedule's that this queue belongs to.
    package var epoch: Int { joined.with { $0 } }

    package func claim(_ count: Int) async throws -> Claim {
        let request = unanswered.take() ?? randomName()
        let reply: RedisReply
        do {
            reply = try await redis.evaluate(
                Scripts.claim, keys: keys.all + [keys.claim(request)],
                arguments: [
                    epoch, worker, request, count, options.lease.wholeMilliseconds, options.reclaims,
                ])
        } catch {
            if error.mayHaveRun { unanswered.put(request) }
            throw error
        }
        guard reply != .stale else { return Claim(state: .stale) }
        var claim = try ScriptReply(Scripts.claim, reply).claim()
        // Only a repeated request can bring more than was asked for: the lost one asked for more.
        while claim.leases.count > max(0, count), let extra = claim.leases.popLast() {
            try await release(extra)
        }
        return claim
    }

    /// Repeating a beat whose reply was lost counts its progress twice: the counters are for people, not for decisions.
    package func beat(_ leases: [Lease], progress: Progress) async throws -> Beat {
        var arguments: [any RedisArgument] = [
            epoch, options.lease.wholeMilliseconds,
        ]
        arguments += Progress.counters.map { progress[keyPath: $0.count] }
        for lease in leases {
            arguments.append(lease.shard.id.text)
            arguments.append(lease.token.text)
        }
        let reply = try await redis.evaluate(Scripts.beat, keys: keys.all, arguments: arguments)
        guard reply != .stale else { return Beat(state: .stale) }
        return try ScriptReply(Scripts.beat, reply).beat()
    }

    package func rejoin(_ leases: [Lease]) async throws -> Set<ShardID>? {
        guard let standing = try await RunSnapshot.read(redis, run: keys.run),
            standing.stands(since: epoch)
        else { return nil }
        // It was there all the time.
        if standing.epoch == epoch { return Set(leases.map(\.shard.id)) }
        var arguments: [any RedisArgument] = [standing.epoch, worker, options.lease.wholeMilliseconds]
        for lease in leases { arguments += [lease.shard.id.text, lease.token.text, lease.job?.text ?? ""] }
        let reply = try await redis.evaluate(Scripts.adopt, keys: keys.all, arguments: arguments)
        guard reply != .stale else { return nil }
        let taken = Set(try reply.array.map { try ScriptReply(Scripts.adopt, reply).shardID($0.text) })
        joined.with { $0 = max($0, standing.epoch) }
        return taken
    }

    /// - Throws: ``QueueError/stale(run:epoch:)`` when the schedule is another one. Nothing is lost then: whoever builds
    ///   or built the newer schedule finds the outcome in the store.
    package func finish(_ lease: Lease, children: [Shard]) async throws {
        try await finish(lease.shard.id, children: children)
    }

    /// Takes a shard off the schedule whose outcome someone else committed.
    package func finish(_ shard: ShardID, children: [Shard]) async throws {
        var arguments: [any RedisArgument] = [epoch, shard.text]
        for child in children {
            arguments.append(child.id.text)
            arguments.append(child.payload)
        }
        _ = try await number(Scripts.finish, arguments, in: 0...1)
    }

    package func retry(_ lease: Lease, after delay: Duration, dead: Bool) async throws -> Bool {
        let answer = try await number(
            Scripts.retry,
            [
                epoch, lease.shard.id.text, lease.token.text, max(0, delay.wholeMilliseconds), dead ? 1 : 0,
                options.attempts,
            ], in: 0...1)
        return answer == 1
    }

    package func release(_ lease: Lease) async throws {
        _ = try await number(Scripts.release, [epoch, lease.shard.id.text, lease.token.text], in: 0...1)
    }

    package func postpone(_ lease: Lease, by delay: Duration, availableTo: Instant) async throws {
        _ = try await number(
            Scripts.postpone,
            [
                epoch, lease.shard.id.text, lease.token.text, max(0, delay.wholeMilliseconds), availableTo.rfc3339,
            ], in: 0...1)
    }

    package func keep(_ job: JobID?, for lease: Lease) async throws -> Bool {
        try await number(
            Scripts.keep, [epoch, lease.shard.id.text, lease.token.text, job?.text ?? ""], in: 0...1) == 1
    }

    package func halt(_ halt: Halt) async throws {
        _ = try await number(Scripts.halt, [epoch, Int(halt.code), halt.message], in: 0...1)
    }

    /// Runs a script of this run that answers a number.
    func number(_ script: RedisScript, _ arguments: [any RedisArgument], in range: ClosedRange<Int64>) async throws
        -> Int64
    {
        let reply = try await evaluate(script, arguments)
        let number = try reply.integer
        guard range.contains(number) else {
            throw QueueError.unexpectedReply(script: script.name, problem: "\(number) is not in \(range)")
        }
        return number
    }

    /// Runs a script of this run.
    ///
    /// - Throws: ``QueueError/stale(run:epoch:)`` where the script says so.
    func evaluate(_ script: RedisScript, _ arguments: [any RedisArgument], extra: [String] = []) async throws
        -> RedisReply
    {
        let reply = try await redis.evaluate(script, keys: keys.all + extra, arguments: arguments)
        guard reply != .stale else { throw QueueError.stale(run: keys.run, epoch: epoch) }
        return reply
    }
}

extension Shard {
    /// What the queue keeps of a shard besides its id.
    var payload: String { parentHits.map(String.init) ?? "" }
}
