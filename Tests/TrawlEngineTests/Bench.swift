import TrawlCore
import TrawlEngine

/// A worker among seams in memory, with a plan of a few days.
struct Bench {
    let shards: [Shard]
    let plan: Plan
    let queue: MemoryQueue
    let limiter = MemoryLimiter()
    let source: MemorySource
    let store = MemoryStore()
    let drain = DrainFlag()
    var options = Bench.quick
    var restore: @Sendable () async throws -> Void = {}

    /// Backoffs too short to notice, and a watchdog too patient to bite by chance.
    static var quick: WorkerOptions {
        var options = WorkerOptions()
        options.slots = 1
        options.pageTries = 3
        options.pageBackoff = Backoff(base: .microseconds(10), cap: .microseconds(20))
        options.outageBackoff = Backoff(base: .microseconds(1), cap: .milliseconds(1))
        options.shardBackoff = Backoff(base: .milliseconds(10), cap: .milliseconds(40))
        options.walkBackoff = Backoff(base: .microseconds(10), cap: .microseconds(20))
        options.idleBackoff = Backoff(base: .microseconds(100), cap: .milliseconds(1))
        options.reportEvery = .milliseconds(5)
        options.untilIdle = true
        return options
    }

    /// - Parameters:
    ///   - hits: of every day.
    ///   - childHits: of every shorter interval.
    init(
        days: Int = 1, attemptCap: Int = 3, profile: EndpointProfile = .detailsQuery, hits: Int = 250,
        childHits: Int? = nil, pageSize: Int? = nil,
        script: @escaping MemorySource.Script = { _, _ in nil }
    ) {
        let from = Instant("2024-01-01T00:00:00Z")!
        let interval = Interval(from: from, to: from + Int64(days) * Instant.millisecondsPerDay)!
        shards = interval.cut(into: days).map { Shard($0) }
        let request = PlanRequest(interval: interval, profile: profile, pageSize: pageSize)
        plan = Plan(
            run: "run", request: request, roots: shards.map(\.id), apiURL: "http://api", loginURL: "http://login",
            hash: "hash")
        queue = MemoryQueue(shards, attemptCap: attemptCap)
        source = MemorySource(
            hits: { $0.milliseconds < Instant.millisecondsPerDay ? childHits ?? hits : hits }, script: script)
    }

    var shard: Shard { shards[0] }

    func worker(observe: @escaping WorkerObserver = { _ in }) -> Worker {
        Worker(
            plan: plan, queue: queue, limiter: limiter, source: source, store: store, options: options, drain: drain,
            log: .silent, observe: observe, restore: restore)
    }

    func run() async -> WorkerEnd { await worker().run() }

    /// The calls but for the beats, whose number is up to the clock.
    var calls: [MemoryQueue.Call] {
        get async { await queue.calls.filter { !$0.isBeat } }
    }
}

extension FailureDetail {
    static let any = FailureDetail(status: 500, code: "internal", message: "broken")
}
