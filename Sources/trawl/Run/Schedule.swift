import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// The run's schedule in Redis, kept in step with its store.
///
/// Every rebuild begins a new epoch, so that leases of the old schedule are refused wherever they turn up.
actor Schedule {
    private let redis: RedisClient
    private let store: DirectoryStore
    private let log: Log
    private var queue: RedisShardQueue?
    /// Two beats: a worker learns of the loss with one, and of the new schedule with the next.
    private static let adoptionTime = Duration.milliseconds(2500)

    /// Shards that are dead in a schedule that was found, and have no markers.
    private var pardoned: Set<ShardID> = []
    /// The most requests that any snapshot knew of: a wiped Redis does not, and the store knows only of settled shards.
    private var requests = 0
    /// What the operator wanted last, as far as any snapshot told: a rebuild in mid-run must not undo a pause.
    private var wanted = RunState.running

    init(redis: RedisClient, store: DirectoryStore, log: Log) {
        self.redis = redis
        self.store = store
        self.log = log
    }

    /// Whether a schedule is this store's latest, and still where it was installed.
    static func stands(_ snapshot: RunSnapshot, of store: DirectoryStore) throws -> Bool {
        snapshot.stands(since: try store.epoch)
    }

    /// Joins the schedule that stands in Redis where it is this store's latest, builds one where it is not. The run goes
    /// on, whatever its state was; in mid-run it stays paused or cancelled where it is.
    func install(inMidRun: Bool = false) async throws {
        for _ in 1...5 {
            do {
                return try await joinOrBuild(inMidRun)
            } catch QueueError.superseded, QueueError.stagingLost, QueueError.stale {
                // Somebody else was quicker, or Redis was wiped or started again in between: looking again tells.
            }
        }
        try await joinOrBuild(inMidRun)
    }

    private func joinOrBuild(_ inMidRun: Bool) async throws {
        if let standing = try await snapshot(), try Self.stands(standing, of: store), standing.open > 0 {
            let queue = try attach(to: standing.epoch)
            self.queue = queue
            // Whoever removed their markers wants them tried again, in the next epoch.
            pardoned = try Set(await queue.dead().map(\.shard.id)).filter {
                try store.deadMarker(of: $0) == nil
            }
            try await queue.setState(.running, from: inMidRun ? [.running, .draining, .complete] : [])
            return
        }
        try await rebuild(inMidRun: inMidRun)
    }

    /// Builds the schedule from what the store says is owed. In mid-run its shards are kept for a moment for the workers
    /// that are fetching them, and a pause or a cancellation that anybody here knows of stays.
    func rebuild(inMidRun: Bool = false) async throws {
        try await recordDead()
        if inMidRun { _ = try await snapshot() }
        let ledger = try store.ledger()
        let requests = max(self.requests, ledger.requests, try store.requestsNoted)
        let epoch = try store.bumpEpoch(highestSlot: ledger.highestSlot, requests: requests)
        let installer = try RunInstaller(redis: redis, run: store.plan.run, epoch: epoch)
        try await installer.install(
            RunInstaller.Schedule(
                owed: ledger.owed, done: ledger.parts.count + ledger.splits, requests: requests,
                state: inMidRun ? wanted : .running, store: store.root,
                claimableAfter: inMidRun ? Self.adoptionTime : .zero))
        queue = try attach(to: epoch)
        log.debug("epoch \(epoch): \(ledger.owed.count) shards are owed")
    }

    /// Nil when Redis has lost the schedule, or has an older one.
    func standing() async throws -> RunSnapshot? {
        guard let snapshot = try await snapshot(), snapshot.stands(since: queue?.epoch ?? 0) else { return nil }
        return snapshot
    }

    func snapshot() async throws -> RunSnapshot? {
        let snapshot = try await RunSnapshot.read(redis, run: store.plan.run)
        if let snapshot {
            requests = max(requests, snapshot.granted, snapshot.progress.requests)
            wanted = snapshot.state == .paused || snapshot.state == .cancelled ? snapshot.state : .running
        }
        return snapshot
    }

    /// Writes down how many requests the run has made, where the outcomes do not tell: for a Redis that ends with the
    /// command, so that a budget holds over all commands.
    func noteRequests() async throws {
        _ = try await snapshot()
        if requests > max(try store.ledger().requests, try store.requestsNoted) {
            _ = try store.bumpEpoch(requests: requests)
        }
    }

    /// Throws what Redis answers where nothing can be written.
    func checkWritable() async throws {
        try await redis.command("SET", Keys.probe, 1, "PX", 1000)
    }

    /// Gives back the shards of a worker that is known to be dead; returns how many.
    func reclaim(worker: String) async throws -> Int {
        guard let queue else { return 0 }
        let (count, poisoned) = try await queue.reclaim(worker: worker)
        for lease in poisoned {
            try store.markDead(.poisoned(lease), shard: lease.shard.id)
        }
        return count
    }

    private func attach(to epoch: Int) throws -> RedisShardQueue {
        try RedisShardQueue(
            redis: redis, run: store.plan.run, epoch: epoch, worker: "supervisor-\(ProcessIdentity.own)")
    }

    /// Writes the markers of shards that Redis holds for dead but the store does not: their worker died in between.
    ///
    /// Only for a schedule this process joined or built. In one that it merely finds, a missing marker may have been
    /// removed by the operator, to have the shard tried again. Nor for a shard that has died before: the death Redis
    /// knows of may be the one that `trawl dead retry` has just taken back in the store.
    ///
    /// What another Redis process left, an older one that was started again with its data, answers nobody: it is passed
    /// over, and its dead are owed again.
    private func recordDead() async throws {
        guard let queue, let standing = try await snapshot(), !standing.isForeign, standing.epoch == queue.epoch else {
            return
        }
        for lease in try await queue.dead() where !pardoned.contains(lease.shard.id) {
            guard try store.outcome(of: lease.shard.id) == nil, !store.hasDied(lease.shard.id) else { continue }
            let marker =
                lease.reclaims >= queue.options.reclaims
                ? DeadMarker.poisoned(lease)
                : DeadMarker(
                    cause: .attempts, reason: "\(lease.attempts) attempts failed", attempts: lease.attempts,
                    reclaims: lease.reclaims, requests: 0)
            try store.markDead(marker, shard: lease.shard.id)
        }
    }

    /// Marks the schedule complete that stands in Redis, whoever built it.
    func complete() async throws {
        guard let standing = try await snapshot(), standing.state != .complete else { return }
        try await attach(to: standing.epoch).setState(.complete)
    }

    /// Sets the run's state for all workers everywhere.
    func setState(_ state: RunState) async throws {
        try await queue?.setState(state)
    }
}
