import Glibc
import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlTestKit

@testable import TrawlView

struct RunObserverTests {
    @Test func `store and schedule together say where each shard is`() async throws {
        let watched = try await Watched()
        let queue = try watched.queue("w1")
        let first = try #require(try await queue.claim(1).leases.first)
        try watched.finish(first.shard, requests: 3)
        try await queue.finish(first, children: [])
        let second = try #require(try await queue.claim(1).leases.first)
        _ = try await queue.retry(second, after: .seconds(60), dead: false)
        let third = try #require(try await queue.claim(1).leases.first)
        var activity = ShardActivity(shard: third.shard.id, token: third.token)
        activity.phase = .requesting
        activity.records = 5
        try await WorkerRegistry(redis: watched.redis).report(
            WorkerReport(
                name: "w1", host: "h", pid: 1, version: "1", slots: 2, shards: 1, activities: [activity]))

        let seen = try await RunObserver(store: watched.store, redis: watched.redis).look()
        #expect(seen.shards.map(\.state) == [.done, .delayed, .leased, .pending])
        #expect(seen.counts == [.done: 1, .delayed: 1, .leased: 1, .pending: 1])
        #expect(seen.shards[0].outcome?.requests == 3)
        #expect(seen.records == 12)
        #expect(seen.shards[1].attempts == 1)
        #expect(seen.shards[1].due.map { $0 > seen.schedule!.now } == true)
        #expect(seen.shards[2].worker == "w1" && seen.shards[2].token == third.token)
        #expect(seen.shards[2].activity == activity)
        // It serves no one run by its own word, but holds one of its shards.
        #expect(seen.workers.map(\.name) == ["w1"])
        #expect(seen.state == "running")
        #expect(seen.json["shards"]?["delayed"] == .integer(1))
        #expect(seen.summary["shards"] == seen.json["shards"] && seen.summary["workersAtWork"] == .integer(1))
        #expect(seen.summary["workers"] == nil && seen.summary["events"] == nil)
        #expect(seen.shards[2].json["activity"]?["phase"] == .string("requesting"))
    }

    @Test func `without Redis the store alone is shown`() async throws {
        let watched = try await Watched()
        try watched.finish(hour(0), requests: 1)
        try watched.finish(hour(1), requests: 1, verdict: .drifted)
        try watched.store.markDead(
            DeadMarker(cause: .attempts, reason: "HTTP 500", attempts: 8, reclaims: 0, requests: 8), shard: hour(2).id)
        let seen = try await RunObserver(store: watched.store, redis: nil).look()
        #expect(seen.shards.map(\.state) == [.done, .unproven, .dead, .pending])
        #expect(seen.shards[2].json["death"]?["reason"] == .string("HTTP 500"))
        #expect(seen.schedule == nil && seen.state == "idle")
    }

    @Test func `an outcome that was removed is owed again, and one that comes back is read anew`() async throws {
        let watched = try await Watched()
        let observer = RunObserver(store: watched.store, redis: nil)
        try watched.finish(hour(0), requests: 1)
        #expect(try await observer.look().shards[0].state == .done)
        #expect(unlink("\(watched.store.root)/out/\(hour(0).id).json") == 0)
        #expect(try await observer.look().shards[0].state == .pending)
        try watched.finish(hour(0), requests: 9)
        #expect(try await observer.look().shards[0].outcome?.requests == 9)
    }

    @Test func `rates, quota and the cause of a shortfall come from what moved between two looks`() async throws {
        let watched = try await Watched()
        let queue = try watched.queue("w1")
        let limiter = try RedisLimiter(
            redis: watched.redis, name: "l1", rate: RequestRate(limit: 60_000, window: .seconds(60), margin: 0))
        let observer = RunObserver(store: watched.store, redis: watched.redis)
        let lease = try #require(try await queue.claim(1).leases.first)
        let registry = WorkerRegistry(redis: watched.redis)
        try await registry.report(
            WorkerReport(
                name: "w1", host: "h", pid: 1, version: "1", slots: 4, run: "watched", limiter: "l1", shards: 1))
        _ = try await limiter.slot()
        _ = try await observer.look()
        for _ in 0..<10 { _ = try await limiter.slot() }
        var progress = Progress()
        progress.requests = 10
        _ = try await queue.beat([lease], progress: progress)
        let seen = try await observer.look()
        #expect(try #require(seen.requestsPerSecond) > 0)
        let measured = try #require(seen.limiter)
        #expect(abs(try #require(measured.quotaPerSecond) - 952) < 1)
        #expect(try #require(measured.utilisation) > 0)
        #expect(measured.utilisation == measured.sharedUtilisation)
        // One of four slots is taken, and three shards wait.
        if measured.utilisation ?? 1 < Shortfall.enough { #expect(seen.shortfall == .startingUp) }
    }

    @Test func `a worker of several runs is one of each of them, with the limiter it has there`() async throws {
        let watched = try await Watched()
        var report = WorkerReport(name: "w1", host: "h", pid: 1, version: "1", slots: 2)
        report.serving = ["another": "l1", "watched": "l2"]
        var activity = ShardActivity(shard: hour(0).id, token: LeaseToken("1:1:a"))
        activity.run = "another"
        report.activities = [activity]
        let registry = WorkerRegistry(redis: watched.redis)
        try await registry.report(report)
        let limiter = try RedisLimiter(redis: watched.redis, name: "l2", rate: RequestRate("60/60s"))
        try await limiter.throttled(retryAfter: .seconds(60))
        let seen = try await RunObserver(store: watched.store, redis: watched.redis).look()
        // It holds nothing of this run, which may only wait.
        #expect(seen.workers.map(\.name) == ["w1"] && seen.state == "running")
        #expect(seen.limiter?.name == "l2")
        #expect(seen.workers[0].activities(of: "watched").isEmpty)
        #expect(seen.workers[0].activities(of: "another").count == 1)
        #expect(seen.workers[0].run == nil)
    }
}
