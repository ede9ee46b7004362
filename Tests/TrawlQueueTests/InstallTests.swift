import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

@Suite struct InstallTests {
    private static func install(_ fixture: Fixture, epoch: Int, _ schedule: RunInstaller.Schedule) async throws {
        try await RunInstaller(redis: fixture.redis, run: fixture.run, epoch: epoch).install(schedule)
    }

    @Test func `a newer epoch replaces the whole schedule and keeps the events`() async throws {
        let fixture = try await Fixture(roots: 5)
        let queue = try fixture.queue()
        let leases = try await queue.claim(3).leases
        _ = try await queue.retry(leases[0], after: .zero, dead: true)
        _ = try await queue.retry(leases[1], after: .zero, dead: false)
        try await queue.halt(Halt(code: 6, message: "budget"))
        try await Self.install(
            fixture, epoch: 2,
            .init(owed: [hour(7), quarter(0, 1), hour(8)], done: 4, requests: 90, state: .paused, store: "/new"))
        #expect(try await fixture.places().description == "children 0.1; roots 7,8")
        let snapshot = try await fixture.snapshot()
        #expect(snapshot.epoch == 2 && snapshot.state == .paused && snapshot.halt == nil)
        #expect(snapshot.done == 4 && snapshot.progress.requests == 90 && snapshot.granted == 90)
        #expect(snapshot.store == "/new")
        #expect(try await RunRegistry(redis: fixture.redis).runs()[fixture.run] == "/new")
        let kinds = try await RunEvent.latest(fixture.redis, run: fixture.run, count: 10).map(\.kind)
        #expect(kinds == ["installed", "halt", "dead", "installed"])
    }

    @Test(arguments: [1, 2])
    func `an epoch that is not newer changes nothing`(epoch: Int) async throws {
        let fixture = try await Fixture(roots: 2, epoch: 2)
        let before = try await fixture.places()
        await #expect(throws: QueueError.superseded(run: fixture.run, epoch: epoch)) {
            try await Self.install(fixture, epoch: epoch, .init(owed: [hour(5)], store: "/store"))
        }
        #expect(try await fixture.places() == before)
    }

    @Test func `epochs are compared as numbers`() async throws {
        let fixture = try await Fixture(roots: 1, epoch: 9)
        try await Self.install(fixture, epoch: 10, .init(owed: [], store: "/store"))
        #expect(try await fixture.snapshot().epoch == 10)
    }

    @Test func `a schedule of many chunks arrives whole, in order, and does not expire`() async throws {
        let fixture = try await Fixture()
        let owed = (0..<2500).map { hour($0) }
        try await Self.install(fixture, epoch: 2, .init(owed: owed, store: "/store"))
        let keys = try fixture.keys
        let roots = try await fixture.redis.command("LRANGE", keys.pendingRoots, 0, -1).array.map { try $0.text }
        #expect(roots == owed.map(\.id.text))
        for key in [keys.pendingRoots, keys.states, keys.payloads, keys.meta] {
            #expect(try await fixture.redis.command("PTTL", key).integer == -1)
        }
        #expect(try await fixture.redis.command("KEYS", "trawl:{\(fixture.run)}:staged:*").array.isEmpty)
    }

    @Test func `an installation whose staged keys went missing changes nothing`() async throws {
        let fixture = try await Fixture(roots: 2)
        let keys = try fixture.keys
        let reply = try await fixture.redis.evaluate(
            Scripts.install, keys: keys.all + keys.staged("i"), arguments: [2, "i", 1, "state", "running"])
        #expect(try reply.text == "incomplete")
        #expect(try await fixture.places().description == "roots 0,1")
    }

    @Test func `a repeat of the same installation finds it done`() async throws {
        let fixture = try await Fixture()
        let keys = try fixture.keys
        for _ in 1...2 {
            let reply = try await fixture.redis.evaluate(
                Scripts.install, keys: keys.all + keys.staged("i"), arguments: [2, "i", 0, "state", "running"])
            #expect(try reply.text == "installed")
        }
    }

    @Test func `claimers see the old schedule or the whole new one`() async throws {
        let fixture = try await Fixture(roots: 50)
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            let old = try fixture.queue("old")
            group.addTask {
                while true {
                    let claim = try await old.claim(1)
                    if claim.state == .stale { return 0 }
                    do {
                        for lease in claim.leases { try await old.release(lease) }
                    } catch is QueueError {
                        // Stale: replaced between the two calls.
                        return 0
                    }
                }
            }
            let new = try fixture.queue("new", epoch: 2)
            group.addTask {
                while true {
                    let claim = try await new.claim(3000)
                    if claim.state != .stale { return claim.leases.count }
                    await Task.yield()
                }
            }
            try await Self.install(fixture, epoch: 2, .init(owed: (0..<3000).map { hour($0) }, store: "/store"))
            return try await group.reduce(0, +)
        }
        #expect(total == 3000)
    }

    @Test func `a run outlives a wiped Redis under the next epoch`() async throws {
        let server = try await RedisServer()
        let fixture = try await Fixture(roots: 3, on: server)
        let queue = try fixture.queue()
        let lease = try await queue.claim(1).leases[0]
        try await fixture.redis.command("FLUSHALL")
        #expect(try await queue.claim(1).state == .stale)
        #expect(try await queue.beat([lease], progress: Progress()) == Beat(state: .stale))
        try await Self.install(fixture, epoch: 2, .init(owed: [hour(0), hour(1), hour(2)], store: "/store"))
        // The zombie's token is worth nothing now, though sequence numbers began anew.
        let heir = try fixture.queue("w2", epoch: 2)
        #expect(try await heir.claim(1).names == ["0"])
        #expect(try await fixture.queue(epoch: 2).beat([lease], progress: Progress()).lost == [hour(0).id])
        await server.stop()
    }

    /// A cluster node refuses a script whose keys lie in several slots, or that touches a key it did not declare in a
    /// slot of its own.
    @Test func `every script works on a cluster node`() async throws {
        let server = try await RedisServer(.init(arguments: ["--cluster-enabled", "yes"]))
        let admin = RedisClient(url: server.url)
        try await admin.command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while try await !admin.command("CLUSTER", "INFO").text.contains("cluster_state:ok") {
            try await Task.sleep(for: .milliseconds(5))
        }
        let fixture = try await Fixture(roots: 3, on: server)
        let queue = try fixture.queue()
        let leases = try await queue.claim(3).leases
        _ = try await queue.beat(leases, progress: Progress())
        try await queue.finish(leases[0], children: [quarter(0, 0)])
        _ = try await queue.retry(leases[1], after: .zero, dead: true)
        try await queue.release(leases[2])
        _ = try await queue.claim(2)
        #expect(try await queue.reclaim(worker: "w1").count == 2)
        #expect(try await queue.dead().count == 1)
        try await queue.halt(Halt(code: 1, message: "x"))
        try await queue.setState(.complete)
        #expect(try await fixture.snapshot().open == 2)
        try await queue.setState(.running)
        _ = try await queue.claim(2)
        let waiting = try await fixture.lease(hour(2))
        #expect(try await queue.keep(JobID("j"), for: waiting))
        try await queue.postpone(waiting, by: .zero, availableTo: hour(2).interval.from)
        try await Self.install(fixture, epoch: 2, .init(owed: [hour(2), hour(3)], store: "/store"))
        #expect(try await queue.rejoin([waiting])?.count == 1)
        #expect(try await queue.claim(2).names == ["3"])
        let workers = WorkerRegistry(redis: fixture.redis)
        try await workers.report(WorkerReport(name: "w1", host: "h", pid: 1, version: "1", slots: 8))
        #expect(try await workers.workers().count == 1)
        let budget = try RequestBudget(redis: fixture.redis, run: fixture.run, most: 5)
        let limiter = try RedisLimiter(redis: fixture.redis, name: "c", rate: RequestRate("100/1s"), budget: budget)
        _ = try await limiter.slot()
        try await limiter.throttled(retryAfter: nil)
        _ = try await limiter.slot()
        await server.stop()
    }
}
