package import Redis
import TrawlCore
import TrawlQueue
package import TrawlStore

/// Looks at one run again and again, and tells how it moves.
package actor RunObserver {
    private let store: DirectoryStore
    private let redis: RedisClient?
    private var reader: LedgerReader
    private var meter = RateMeter()
    private let events: Int

    /// Without `redis`, only what the store tells is seen. `events` is how many of the latest are read.
    package init(store: DirectoryStore, redis: RedisClient?, events: Int = 50) {
        self.store = store
        self.redis = redis
        self.events = events
        reader = LedgerReader(store)
    }

    /// - Throws: ``StoreError``; where there is a Redis, ``QueueError`` and `RedisError`.
    package func look() async throws -> RunView {
        let ledger = try reader.ledger()
        let run = store.plan.run
        var view = RunView(
            plan: store.plan, store: store.root, ledger: ledger, hasSuccess: store.hasSuccess, shards: [], workers: [],
            events: [])
        guard let redis, let schedule = try await RunSnapshot.read(redis, run: run) else {
            view.shards = ShardView.all(ledger, ScheduledShards(), [])
            return view
        }
        let scheduled = try await ScheduledShards.read(redis, run: run)
        let workers = try await WorkerRegistry(redis: redis).workers().serving(run, schedule)
        view.schedule = schedule
        view.workers = workers
        view.shards = ShardView.all(ledger, scheduled, workers)
        view.events = try await RunEvent.latest(redis, run: run, count: events)
        let limiter = try await limiter(of: workers, run, redis)
        meter.add(.init(at: schedule.now, progress: schedule.progress, slots: limiter?.snapshot.reserved))
        view.requestsPerSecond = meter.perSecond(\.requests)
        view.recordsPerSecond = meter.perSecond(\.records)
        view.limiter = limiter.map { measured($0) }
        view.shortfall = Shortfall.cause(signs(view, schedule))
        view.estimate = Estimate.remaining(
            view.shards, pageSize: store.plan.pageSize, perSecond: view.requestsPerSecond)
        return view
    }

    /// Workers of one run share a limiter, unless they were given different credentials: then the first one's is shown.
    private func limiter(of workers: [WorkerReport], _ run: String, _ redis: RedisClient) async throws -> RunView
        .LimiterView?
    {
        guard let name = workers.compactMap({ $0.limiter(of: run) }).first,
            let snapshot = try await LimiterSnapshot.read(redis, name: name)
        else { return nil }
        return RunView.LimiterView(name: name, snapshot: snapshot, quotaPerSecond: snapshot.slotsPerSecond)
    }

    private func measured(_ limiter: RunView.LimiterView) -> RunView.LimiterView {
        var limiter = limiter
        guard let quota = limiter.quotaPerSecond else { return limiter }
        limiter.utilisation = meter.perSecond(\.requests).map { $0 / quota }
        limiter.sharedUtilisation = meter.slotsPerSecond.map { $0 / quota }
        return limiter
    }

    private func signs(_ view: RunView, _ schedule: RunSnapshot) -> Shortfall.Signs {
        var signs = Shortfall.Signs(
            schedule, workers: view.workers.filter { !view.isSilent($0) },
            activities: view.shards.compactMap(\.activity))
        signs.gate = view.limiter?.snapshot.gate ?? .zero
        signs.utilisation = view.limiter?.utilisation
        signs.sharedUtilisation = view.limiter?.sharedUtilisation
        return signs
    }
}
