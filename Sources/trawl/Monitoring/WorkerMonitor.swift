import Metrics
import TrawlCore
import TrawlEngine

/// What a worker process tells those who watch it over HTTP.
struct WorkerMonitor: Sendable {
    let name: String
    let slots: Int
    let pulses: LoopPulses
    let reporter: WorkerReporter
    let metrics: WorkerMetrics
    let drain: DrainFlag
    private let space = StoreSpace()

    /// A loop that has not come round for so long is stuck: more than any one request takes.
    private let stuckAfter: Duration

    init(
        name: String, slots: Int, pulses: LoopPulses, reporter: WorkerReporter, metrics: WorkerMetrics,
        drain: DrainFlag,
        stuckAfter: Duration = .seconds(180)
    ) {
        self.name = name
        self.slots = slots
        self.pulses = pulses
        self.reporter = reporter
        self.metrics = metrics
        self.drain = drain
        self.stuckAfter = stuckAfter
    }

    func text() async -> String {
        var families = metrics.families
        families.append(await slotPhases())
        var free = MetricFamily(
            "trawl_store_free_bytes", .gauge, "Free space of the file system that holds the store of a run served now.")
        for (run, bytes) in await space.free(reporter.stores) { free.add(bytes, ["run": run]) }
        families.append(free)
        if let isUp = reporter.hasReachedRedis {
            families.append(
                .gauge("trawl_redis_up", "Whether Redis answered the latest report of this worker.", isUp ? 1 : 0))
        }
        families.append(
            .gauge(
                "trawl_worker_draining", "Whether the worker finishes what it has and takes no more.",
                drain.isRaised ? 1 : 0))
        var info = MetricFamily("trawl_worker_info", .gauge, "Always 1; the worker's name in Redis is a label.")
        info.add(1, ["worker": name])
        families.append(info)
        return Exposition.text(families + ProcessMetrics.families)
    }

    /// Why the process had better be started again. Redis, the API and the store may be away: none of that is its fault.
    func fault() async -> String? {
        var livenesses: [WorkerLiveness] = []
        for worker in reporter.working { livenesses.append(await worker.liveness) }
        return WorkerHealth(slots: slots, pulses: pulses).objection(livenesses, limit: stuckAfter)
    }

    private func slotPhases() async -> MetricFamily {
        let workers = reporter.working
        var held: [ShardActivity.Phase: Int] = [:]
        for worker in workers {
            for activity in await worker.status.activities { held[activity.phase, default: 0] += 1 }
        }
        var family = MetricFamily(
            "trawl_slots", .gauge, "Slots of this worker, each of which fetches one shard, by what they do.")
        for phase in ShardActivity.Phase.allCases {
            family.add(Double(held[phase, default: 0]), ["phase": phase.rawValue])
        }
        // Each run that is served has slots of its own.
        let all = slots * max(1, workers.count)
        family.add(Double(max(0, all - held.values.reduce(0, +))), ["phase": "idle"])
        return family
    }
}
