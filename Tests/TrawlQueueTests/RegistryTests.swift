import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

@Suite struct RegistryTests {
    @Test func `a worker's report comes back as it was given, with the time it was seen`() async throws {
        let server = try await RedisServer()
        let redis = RedisClient(url: server.url)
        let registry = WorkerRegistry(redis: redis)
        var report = WorkerReport(
            name: "host-1.77", host: "host-1", pid: 77, version: "1.0.0", slots: 8, run: "r1", limiter: "l1", shards: 3,
            age: .milliseconds(1500))
        report.progress.requests = 1
        report.progress.records = 2
        report.progress.bytes = 3
        report.progress.throttled = 4
        report.progress.failures = 5
        report.progress.unreachable = 6
        report.progress.pages = 7
        var activity = ShardActivity(
            shard: try #require(ShardID("20240101T000000Z-20240102T000000Z")), token: LeaseToken("1:2:abc"))
        (activity.phase, activity.hits, activity.correlation) = (.requesting, 70, "c-1")
        report.activities = [activity]
        try await registry.report(report)
        try await registry.report(WorkerReport(name: "host-2.1", host: "host-2", pid: 1, version: "1.0.0", slots: 1))
        let workers = try await registry.workers()
        #expect(workers.map(\.name) == ["host-1.77", "host-2.1"])
        report.seenAt = workers[0].seenAt
        #expect(workers[0] == report)
        #expect(workers[0].seenAt.milliseconds > 0)
        #expect(try await registry.now() >= workers[0].seenAt)
        #expect(workers[1].run == nil)
        try await registry.leave("host-1.77")
        #expect(try await registry.workers().map(\.name) == ["host-2.1"])
        await server.stop()
    }

    @Test func `a worker that was silent for long is forgotten by the next report`() async throws {
        let server = try await RedisServer()
        let redis = RedisClient(url: server.url)
        let registry = WorkerRegistry(redis: redis)
        try await registry.report(WorkerReport(name: "old", host: "h", pid: 1, version: "1", slots: 1))
        try await redis.command("ZADD", Keys.workers, 1000, "old")
        try await registry.report(WorkerReport(name: "new", host: "h", pid: 2, version: "1", slots: 1))
        #expect(try await registry.workers().map(\.name) == ["new"])
        #expect(try await redis.command("PTTL", Keys.worker("new")).integer > 0)
        await server.stop()
    }
}
