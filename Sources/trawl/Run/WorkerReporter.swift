import Guarded
import Redis
import TrawlCore
import TrawlEngine
import TrawlQueue

/// Tells the Redis that this worker process is there and what it does, for `trawl status`.
///
/// For people only: nothing is decided by it, so a report that cannot be made is left out.
struct WorkerReporter: Sendable {
    private struct Serving: Sendable {
        let worker: Worker
        let limiter: String
        let store: String
    }

    private struct State: Sendable {
        var working: [String: Serving] = [:]
        /// Whether the latest report went through; nil before the first.
        var hasReachedRedis: Bool?
        /// Done for runs that have ended meanwhile.
        var before = Progress()
    }

    private static let reportEvery = Duration.seconds(2)

    private let name: String
    private let slots: Int
    private let began = ContinuousClock.now
    private let state = Guarded(State())

    init(name: String, slots: Int) {
        self.name = name
        self.slots = slots
    }

    /// `limiter` is the name of the one it takes its slots from, `store` the directory of the run's store.
    func begin(_ worker: Worker, run: String, limiter: String, store: String) {
        state.with { $0.working[run] = Serving(worker: worker, limiter: limiter, store: store) }
    }

    /// Those that are at work now.
    var working: [Worker] { state.with { $0.working.values.map(\.worker) } }

    /// The runs that are served now, and where their stores are.
    var stores: [(run: String, path: String)] {
        state.with { $0.working.map { (run: $0.key, path: $0.value.store) } }.sorted { $0.run < $1.run }
    }

    var hasReachedRedis: Bool? { state.with { $0.hasReachedRedis } }

    func end(run: String) async {
        guard let worker = state.with({ $0.working.removeValue(forKey: run) }) else { return }
        let progress = await worker.worker.status.progress
        state.with { $0.before += progress }
    }

    /// Reports until cancelled, then takes the worker off the list.
    func run(_ redis: RedisClient) async {
        let registry = WorkerRegistry(redis: redis)
        while !Task.isCancelled {
            do {
                try await registry.report(await report())
                state.with { $0.hasReachedRedis = true }
            } catch {
                // Redis may be away; the next report comes soon.
                state.with { $0.hasReachedRedis = false }
            }
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: Self.reportEvery)
        }
        // A worker that could not say goodbye is forgotten after a while.
        try? await registry.leave(name)
    }

    private func report() async -> WorkerReport {
        let (working, before) = state.with { ($0.working, $0.before) }
        var activities: [ShardActivity] = []
        var progress = before
        for (run, entry) in working {
            let status = await entry.worker.status
            activities += status.activities.map { activity in
                var activity = activity
                activity.run = run
                return activity
            }
            progress += status.progress
        }
        var report = WorkerReport(
            name: name, host: ProcessIdentity.host, pid: Int(ProcessIdentity.own), version: Version.text, slots: slots,
            shards: activities.count, age: began.duration(to: .now), progress: progress, activities: activities)
        report.serving = working.mapValues(\.limiter)
        return report
    }
}
