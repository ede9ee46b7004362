package import Redis
package import TrawlCore

/// What Redis knows of a run at one moment, for `status` and the dashboard. Never a reason to call a run complete.
package struct RunSnapshot: Hashable, Sendable {
    /// Redis's clock, in ms since 1970.
    package var now: Instant
    package var epoch: Int
    /// Installed in a Redis process that is no more: what stands here may be an older snapshot, and is not to be used.
    package var isForeign: Bool
    package var state: RunState
    package var halt: Halt?
    package var store: String
    package var installedAt: Instant
    /// Shards that wait, children of splits included.
    package var pending: Int
    package var pendingChildren: Int
    package var leased: Int
    package var delayed: Int
    /// Of the delayed ones, those whose data is not complete yet.
    package var waiting: Int
    /// What the last of those was told: up to when it is.
    package var availableTo: String?
    package var dead: Int
    package var done: Int
    package var splits: Int
    /// The shard that is first in line.
    package var next: ShardID?
    /// Summed over all workers since the run began.
    package var progress: Progress
    /// Requests taken out of the budget, where the run has one.
    package var granted: Int
    package var lastPageAt: Instant?
    /// Shards each worker holds.
    package var held: [String: Int]

    /// Whether this is a schedule to work by: still where it was installed, and no older than the caller knows of.
    package func stands(since known: Int) -> Bool { !isForeign && epoch >= known }

    /// Shards that are neither done nor dead.
    package var open: Int { pending + leased + delayed }
}

extension RunSnapshot {
    /// Nil when Redis does not know the run.
    package static func read(_ redis: RedisClient, run: String) async throws -> RunSnapshot? {
        let keys = try RunKeys(run: run)
        let reply = ScriptReply(Scripts.snapshot, try await redis.evaluate(Scripts.snapshot, keys: keys.all))
        guard try !reply.reply.array.isEmpty else { return nil }
        return try RunSnapshot(reply)
    }

    private init(_ reply: ScriptReply) throws {
        let parts = try reply.parts(11)
        let counts = try parts[0...5].map { Int(try $0.integer) }
        let fields = try Fields(parts[7])
        let first = try parts[6].text
        guard let epoch = fields.number("epoch"), let state = fields["state"] else {
            throw reply.unexpected("the run has no epoch or state")
        }
        now = Instant(milliseconds: Int64(counts[0]))
        self.epoch = epoch
        self.state = try reply.state(state)
        halt = fields.number("haltCode").map { Halt(code: Int32(clamping: $0), message: fields["haltMessage"] ?? "") }
        store = fields["store"] ?? ""
        installedAt = Instant(milliseconds: Int64(fields.number("installedAt") ?? 0))
        pending = counts[1] + counts[2]
        pendingChildren = counts[1]
        leased = counts[3]
        delayed = counts[4]
        dead = counts[5]
        waiting = Int(try parts[9].integer)
        isForeign = try parts[10].integer == 1
        availableTo = fields["availableTo"]
        done = fields.number("done") ?? 0
        splits = fields.number("splits") ?? 0
        next = first.isEmpty ? nil : try reply.shardID(first)
        progress = Progress(fields)
        granted = fields.number("granted") ?? 0
        lastPageAt = fields.number("lastPageAt").map { Instant(milliseconds: Int64($0)) }
        held = try parts[8].array.reduce(into: [:]) { $0[try $1.text, default: 0] += 1 }
    }
}
