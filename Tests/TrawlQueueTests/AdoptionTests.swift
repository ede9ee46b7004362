import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

/// What workers do when the schedule they know is no more.
@Suite struct AdoptionTests {
    private static func install(
        _ fixture: Fixture, epoch: Int, _ owed: [Shard], claimableAfter: Duration = .zero
    ) async throws {
        try await RunInstaller(redis: fixture.redis, run: fixture.run, epoch: epoch).install(
            .init(owed: owed, store: "/store", claimableAfter: claimableAfter))
    }

    @Test func `a worker takes back what it is fetching, under its own tokens`() async throws {
        let fixture = try await Fixture(roots: 5)
        let queue = try fixture.queue()
        let leases = try await queue.claim(3).leases
        #expect(try await queue.keep(JobID("j"), for: leases[1]))
        // The store says that shard 0 has its outcome.
        try await Self.install(fixture, epoch: 2, (1..<5).map { hour($0) })
        #expect(try await queue.beat(leases, progress: Progress()).state == .stale)
        let taken = try #require(try await queue.rejoin(leases))
        #expect(Set(taken.map { name($0.text) }) == ["1", "2"])
        #expect(queue.epoch == 2)
        #expect(try await fixture.places().description == "roots 3,4; leased 1,2")
        #expect(try await queue.beat(leases, progress: Progress()) == Beat(state: .running, lost: [hour(0).id]))
        // The job is still the shard's.
        try await queue.release(leases[1])
        #expect(try await fixture.queue("w2", epoch: 2).claim(1).leases[0].job == JobID("j"))
    }

    @Test func `what someone else has meanwhile is not given`() async throws {
        let fixture = try await Fixture(roots: 3)
        let queue = try fixture.queue()
        let leases = try await queue.claim(3).leases
        try await Self.install(fixture, epoch: 2, (0..<3).map { hour($0) })
        let other = try fixture.queue("w2", epoch: 2)
        let theirs = try await other.claim(1).leases[0]
        _ = try await other.retry(try await other.claim(1).leases[0], after: .seconds(60), dead: false)
        let taken = try #require(try await queue.rejoin(leases))
        #expect(taken.map { name($0.text) } == ["2"])
        #expect(try await other.beat([theirs], progress: Progress()).lost == [])
    }

    @Test func `a repeated adoption finds its own leases`() async throws {
        let fixture = try await Fixture(roots: 2)
        let leases = try await fixture.queue().claim(2).leases
        try await Self.install(fixture, epoch: 2, [hour(0), hour(1)])
        // The reply to the first was lost: its caller does not know the new epoch.
        let first = try #require(try await fixture.queue(epoch: 1).rejoin(leases))
        let second = try #require(try await fixture.queue(epoch: 1).rejoin(leases))
        #expect(first.count == 2 && second == first)
        #expect(try await fixture.places().description == "leased 0,1")
    }

    @Test func `nobody joins a schedule that is not there, older, or of another Redis process`() async throws {
        let fixture = try await Fixture(roots: 1, epoch: 3)
        let queue = try fixture.queue()
        let lease = try await queue.claim(1).leases[0]
        let keys = try fixture.keys
        try await fixture.redis.command("HSET", keys.meta, "epoch", 2)
        #expect(try await queue.rejoin([lease]) == nil)
        try await fixture.redis.command("HSET", keys.meta, "epoch", 4, "server", "0123abc")
        #expect(try await queue.rejoin([lease]) == nil)
        #expect(try await fixture.snapshot().isForeign)
        try await fixture.redis.command("DEL", keys.meta)
        #expect(try await queue.rejoin([lease]) == nil)
        #expect(queue.epoch == 3)
    }

    @Test func `a schedule that was there all the time is gone on with`() async throws {
        let fixture = try await Fixture(roots: 1)
        let queue = try fixture.queue()
        let lease = try await queue.claim(1).leases[0]
        #expect(try await queue.rejoin([lease]) == [lease.shard.id])
    }

    @Test func `after a rebuild in mid-run shards are for a while there to be adopted only`() async throws {
        let fixture = try await Fixture(roots: 2)
        let queue = try fixture.queue()
        let lease = try await queue.claim(1).leases[0]
        try await Self.install(fixture, epoch: 2, [hour(0), hour(1)], claimableAfter: .seconds(3600))
        let idle = try await fixture.queue("w2", epoch: 2).claim(2)
        #expect(idle.leases.isEmpty && idle.state == .running)
        #expect(try #require(idle.nextIn) > .seconds(3500))
        #expect(try await queue.rejoin([lease])?.count == 1)
        try await Self.install(fixture, epoch: 3, [hour(0), hour(1)], claimableAfter: .milliseconds(1))
        try await eventually("the shards can be claimed") {
            try await fixture.queue("w2", epoch: 3).claim(1).leases.count == 1
        }
    }

    @Test func `attempts, reclaims and jobs outlive the schedule, but not those of shards that are done or were dead`()
        async throws
    {
        let fixture = try await Fixture(roots: 5)
        let queue = try fixture.queue(options: .init(attempts: 2, reclaims: 3))
        let leases = try await queue.claim(4).leases
        for lease in leases { #expect(try await queue.keep(JobID(lease.shard.name), for: lease)) }
        _ = try await queue.retry(leases[0], after: .zero, dead: false)
        _ = try await queue.retry(leases[1], after: .zero, dead: true)
        try await fixture.expire(hour(2))
        _ = try await queue.claim(1)
        try await Self.install(fixture, epoch: 2, [hour(0), hour(1), hour(2)])
        #expect(try await fixture.places().description == "roots 0,1,2; attempts 0x1; reclaims 2x1")
        let jobs = try await fixture.queue(epoch: 2).claim(3).leases.map(\.job?.text)
        #expect(jobs == ["0", "1", "2"])
    }

    @Test func `a Redis that comes back with its data under another process is stale until it is installed again`()
        async throws
    {
        let server = try await RedisServer(.init(arguments: ["--appendonly", "yes", "--appendfsync", "always"]))
        let fixture = try await Fixture(roots: 3, on: server)
        let queue = try fixture.queue()
        let leases = try await queue.claim(2).leases
        await server.kill()
        try await server.restart()
        #expect(try await fixture.snapshot().isForeign)
        #expect(try await fixture.snapshot().leased == 2)
        #expect(try await queue.claim(1).state == .stale)
        #expect(try await queue.beat(leases, progress: Progress()).state == .stale)
        #expect(try await queue.rejoin(leases) == nil)
        try await Self.install(fixture, epoch: 2, (0..<3).map { hour($0) })
        #expect(try await queue.rejoin(leases)?.count == 2)
        #expect(try await queue.claim(2).names == ["2"])
        await server.stop()
    }
}
