import Metrics
import Redis
import TrawlCore
import TrawlQueue
import TrawlView

/// What one Redis tells of its runs, limiters and workers, as metrics. For one process that watches them all.
actor RunMetrics {
    /// All that is read at one moment.
    struct Reading: Sendable {
        var runs: [(name: String, snapshot: RunSnapshot)] = []
        var workers: [WorkerReport] = []
        var limiters: [(name: String, snapshot: LimiterSnapshot)] = []
        var now = Instant(milliseconds: 0)
    }

    private let redis: RedisClient
    /// Runs that were seen before: one that is complete leaves the list, and its last figures are wanted.
    private var seen: Set<String> = []
    private var runMeters: [String: RateMeter] = [:]
    /// The limiter that each run's workers used last: a run that nobody works on any more has a quota all the same.
    private var limiterOf: [String: String] = [:]
    private var limiterMeters: [String: RateMeter] = [:]

    init(_ redis: RedisClient) {
        self.redis = redis
    }

    /// As text, with those of the process.
    func text() async -> String { Exposition.text(await families() + ProcessMetrics.families) }

    /// The metrics; where Redis does not answer, that alone. Shares of the quota come with the second call: they are over
    /// the time between calls, but not over less than the last 15 seconds.
    func families() async -> [MetricFamily] {
        do {
            return families(of: try await read()) + [Self.isUp(true)]
        } catch {
            return [Self.isUp(false)]
        }
    }

    private static func isUp(_ isUp: Bool) -> MetricFamily {
        .gauge("trawl_redis_up", "Whether Redis answered this process when it was last asked.", isUp ? 1 : 0)
    }

    private func read() async throws -> Reading {
        var reading = Reading()
        let registry = WorkerRegistry(redis: redis)
        reading.now = try await registry.now()
        reading.workers = try await registry.workers()
        seen.formUnion(try await RunRegistry(redis: redis).runs().keys)
        for run in seen.sorted() {
            guard let snapshot = try await RunSnapshot.read(redis, run: run) else {
                seen.remove(run)
                (runMeters[run], limiterOf[run]) = (nil, nil)
                continue
            }
            reading.runs.append((run, snapshot))
            let limiters = reading.alive.serving(run, snapshot).compactMap { $0.limiter(of: run) }
            if let limiter = limiters.first { limiterOf[run] = limiter }
        }
        for name in Set(reading.workers.flatMap(\.serving.values)).union(limiterOf.values).sorted() where !name.isEmpty
        {
            if let snapshot = try await LimiterSnapshot.read(redis, name: name) {
                reading.limiters.append((name, snapshot))
            }
        }
        return reading
    }

    private func families(of reading: Reading) -> [MetricFamily] {
        var shared: [String: Double] = [:]
        for (name, snapshot) in reading.limiters {
            limiterMeters[name, default: RateMeter()].add(
                .init(at: reading.now, progress: Progress(), slots: snapshot.reserved))
            shared[name] = limiterMeters[name]?.slotsPerSecond
        }
        limiterMeters = limiterMeters.filter { name, _ in reading.limiters.contains { $0.name == name } }
        var shares: [String: Double] = [:]
        var causes: [String: Shortfall] = [:]
        for (run, snapshot) in reading.runs {
            runMeters[run, default: RateMeter()].add(.init(at: snapshot.now, progress: snapshot.progress))
            guard let limiter = reading.limiters.first(where: { $0.name == limiterOf[run] }),
                let quota = limiter.snapshot.slotsPerSecond, let rate = runMeters[run]?.perSecond(\.requests)
            else { continue }
            shares[run] = rate / quota
            let workers = reading.alive.serving(run, snapshot)
            var signs = Shortfall.Signs(
                snapshot, workers: workers, activities: workers.flatMap { $0.activities(of: run) })
            signs.gate = limiter.snapshot.gate
            signs.utilisation = rate / quota
            signs.sharedUtilisation = shared[limiter.name].map { $0 / quota }
            causes[run] = Shortfall.cause(signs)
        }
        return reading.runFamilies + reading.shareFamilies(shares, causes) + reading.limiterFamilies(shared)
            + [reading.workerFamily]
    }
}

extension RunMetrics.Reading {
    /// The workers that are not silent.
    var alive: [WorkerReport] { workers.filter { !$0.isSilent(at: now) } }
}
