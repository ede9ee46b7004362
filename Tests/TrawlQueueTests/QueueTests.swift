import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

@Suite struct QueueTests {
    typealias Call = @Sendable (RedisShardQueue) async throws -> Void

    private static let lease = Lease(shard: hour(0), token: LeaseToken("1:1:x"), attempts: 0, reclaims: 0)

    private static let calls: [(String, Call)] = [
        ("finish", { try await $0.finish(lease, children: []) }),
        ("retry", { _ = try await $0.retry(lease, after: .zero, dead: false) }),
        ("release", { try await $0.release(lease) }),
        ("postpone", { try await $0.postpone(lease, by: .zero, availableTo: hour(0).interval.to) }),
        ("keep", { _ = try await $0.keep(JobID("j"), for: lease) }),
        ("halt", { try await $0.halt(Halt(code: 4, message: "no")) }),
        ("state", { try await $0.setState(.paused) }),
        ("reclaim", { _ = try await $0.reclaim(worker: "w1") }),
        ("requeue", { try await $0.requeue(hour(0)) }),
        ("graveyard", { _ = try await $0.dead() }),
    ]

    @Test(arguments: [1, 3])
    func `calls of another epoch change nothing and say stale`(epoch: Int) async throws {
        let fixture = try await Fixture(roots: 2, epoch: 2)
        _ = try await fixture.queue().claim(1)
        let before = try await fixture.places()
        let stale = try fixture.queue(epoch: epoch)
        #expect(try await stale.claim(5) == Claim(state: .stale))
        #expect(try await stale.beat([Self.lease], progress: Progress()) == Beat(state: .stale))
        for (name, call) in Self.calls {
            await #expect(throws: QueueError.stale(run: fixture.run, epoch: epoch), "\(name)") { try await call(stale) }
        }
        #expect(try await fixture.places() == before)
        #expect(try await fixture.snapshot().state == .running)
    }

    @Test func `calls to a run that Redis lost say stale`() async throws {
        let fixture = try await Fixture(roots: 2)
        try await fixture.redis.command("DEL", try fixture.keys.meta)
        let queue = try fixture.queue()
        #expect(try await queue.claim(5).state == .stale)
        for (name, call) in Self.calls {
            await #expect(throws: QueueError.self, "\(name)") { try await call(queue) }
        }
        #expect(try await RunSnapshot.read(fixture.redis, run: fixture.run) == nil)
    }

    @Test func `the third dead worker makes a shard poison, and its claimer is told`() async throws {
        let fixture = try await Fixture(roots: 1)
        for death in 1...3 {
            let claim = try await fixture.queue("w\(death)").claim(1)
            #expect(claim.names == ["0"])
            #expect(claim.leases[0].reclaims == death - 1)
            try await fixture.expire(hour(0))
        }
        let last = try await fixture.queue("w4").claim(1)
        #expect(last.leases.isEmpty)
        #expect(last.poisoned.map(\.shard) == [hour(0)])
        #expect(last.poisoned.map(\.reclaims) == [3])
        #expect(try await fixture.places().description == "dead 0; reclaims 0x3")
        #expect(try await fixture.queue("w5").dead().map(\.shard) == [hour(0)])
        #expect(try await fixture.queue("w5").claim(1).poisoned.isEmpty)
    }

    @Test func `the supervisor's reclaim counts deaths like an expired lease`() async throws {
        let fixture = try await Fixture(roots: 1)
        let supervisor = try fixture.queue("supervisor")
        for death in 1...3 {
            _ = try await fixture.queue("w\(death)").claim(1)
            let result = try await supervisor.reclaim(worker: "w\(death)")
            #expect(result.count == 1)
            #expect(result.poisoned.map(\.shard) == (death < 3 ? [] : [hour(0)]))
        }
        #expect(try await fixture.places().description == "dead 0; reclaims 0x3")
    }

    @Test func `tokens are never used twice`() async throws {
        let fixture = try await Fixture(roots: 3)
        let queue = try fixture.queue()
        var seen: Set<LeaseToken> = []
        for _ in 0..<5 {
            for lease in try await queue.claim(3).leases {
                #expect(seen.insert(lease.token).inserted)
                #expect(lease.token.text.hasPrefix("1:"))
                try await queue.release(lease)
            }
        }
        #expect(seen.count == 15)
    }

    @Test func `a hundred concurrent claimers get disjoint shards`() async throws {
        let fixture = try await Fixture(roots: 500)
        let clients = (0..<8).map { _ in RedisClient(url: fixture.redis.url) }
        let claims = try await withThrowingTaskGroup(of: [Lease].self) { group in
            for index in 0..<100 {
                let queue = try RedisShardQueue(
                    redis: clients[index % 8], run: fixture.run, epoch: 1, worker: "w\(index)")
                group.addTask { try await queue.claim(4).leases }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claims.count == 400)
        #expect(Set(claims.map(\.shard)).count == 400)
        #expect(Set(claims.map(\.token)).count == 400)
        #expect(try await fixture.snapshot().pending == 100)
    }

    @Test func `a beat extends only the caller's leases and names the lost ones`() async throws {
        let fixture = try await Fixture(roots: 3)
        let queue = try fixture.queue()
        let leases = try await queue.claim(3).leases
        try await fixture.expire(hour(1))
        let other = try await fixture.queue("w2").claim(1)
        #expect(other.names == ["1"])
        // Past its deadline, but nobody took it.
        try await fixture.expire(hour(2))
        let beat = try await queue.beat(leases, progress: Progress())
        #expect(beat == Beat(state: .running, lost: [hour(1).id]))
        #expect(try await fixture.queue("w3").claim(3).leases.isEmpty)
    }

    @Test func `beats add up the run's progress`() async throws {
        let fixture = try await Fixture(requests: 10)
        var progress = Progress()
        progress.requests = 3
        progress.records = 250
        progress.bytes = 5_000_000_000
        progress.throttled = 1
        progress.failures = 2
        progress.unreachable = 1
        let queue = try fixture.queue()
        _ = try await queue.beat([], progress: progress)
        #expect(try await fixture.snapshot().lastPageAt == nil)
        progress.pages = 2
        _ = try await queue.beat([], progress: progress)
        let snapshot = try await fixture.snapshot()
        #expect(snapshot.progress.requests == 16)
        #expect(snapshot.progress.bytes == 10_000_000_000)
        #expect(snapshot.progress.unreachable == 2)
        #expect(snapshot.progress.pages == 2)
        let last = try #require(snapshot.lastPageAt)
        #expect(last <= snapshot.now && last >= snapshot.installedAt)
    }

    @Test func `the first halt stays and drains the run until it runs again`() async throws {
        let fixture = try await Fixture(roots: 1)
        let queue = try fixture.queue()
        try await queue.halt(Halt(code: 4, message: "no permission"))
        try await queue.halt(Halt(code: 6, message: "budget"))
        #expect(try await fixture.snapshot().halt == Halt(code: 4, message: "no permission"))
        #expect(try await queue.claim(1) == Claim(state: .draining))
        #expect(try await queue.beat([], progress: Progress()).state == .draining)
        #expect(try await queue.setState(.running) == .draining)
        #expect(try await fixture.snapshot().halt == nil)
        #expect(try await queue.claim(1).names == ["0"])
        let kinds = try await RunEvent.latest(fixture.redis, run: fixture.run, count: 10).map(\.kind)
        #expect(kinds == ["state", "halt", "installed"])
    }

    @Test func `events are read once each, in order, from where the reader was`() async throws {
        let fixture = try await Fixture(roots: 1)
        let queue = try fixture.queue()
        func after(_ id: String, count: Int = 10) async throws -> [RunEvent] {
            try await RunEvent.after(id, fixture.redis, run: fixture.run, count: count)
        }
        let first = try await after(RunEvent.beginning)
        #expect(first.map(\.kind) == ["installed"])
        let id = try #require(first.last?.id)
        #expect(try await after(id).isEmpty)
        try await queue.setState(.paused)
        try await queue.setState(.running)
        let next = try await after(id, count: 1)
        #expect(next.map(\.subject) == ["paused"])
        let rest = try await after(try #require(next.last?.id))
        #expect(rest.map(\.subject) == ["running"])
        #expect(try await RunEvent.latest(fixture.redis, run: fixture.run, count: 1) == rest)
    }

    @Test func `a halt does not wake a cancelled run`() async throws {
        let fixture = try await Fixture(roots: 1)
        let queue = try fixture.queue()
        try await queue.setState(.cancelled)
        try await queue.halt(Halt(code: 6, message: "budget"))
        #expect(try await fixture.snapshot().state == .cancelled)
    }

    @Test func `a state is set only from those that were named`() async throws {
        let fixture = try await Fixture(roots: 1)
        let queue = try fixture.queue()
        try await queue.setState(.cancelled)
        #expect(try await queue.setState(.paused, from: [.running, .paused]) == .cancelled)
        #expect(try await fixture.snapshot().state == .cancelled)
        #expect(try await queue.setState(.running, from: [.paused, .cancelled]) == .cancelled)
        #expect(try await fixture.snapshot().state == .running)
    }

    @Test func `a complete run leaves the list and its keys get an end of life`() async throws {
        let fixture = try await Fixture(roots: 1)
        let registry = RunRegistry(redis: fixture.redis)
        #expect(try await registry.runs()[fixture.run] == "/store")
        let queue = try fixture.queue()
        try await queue.setState(.complete)
        #expect(try await registry.runs()[fixture.run] == nil)
        #expect(try await fixture.redis.command("PTTL", try fixture.keys.meta).integer > 0)
        try await queue.setState(.running)
        #expect(try await fixture.redis.command("PTTL", try fixture.keys.meta).integer == -1)
    }

    @Test func `a snapshot counts every place`() async throws {
        let fixture = try await Fixture(roots: 6)
        let queue = try fixture.queue()
        let leases = try await queue.claim(4).leases
        try await queue.finish(leases[0], children: [quarter(0, 0), quarter(0, 1)])
        _ = try await queue.retry(leases[1], after: .seconds(60), dead: false)
        _ = try await queue.retry(leases[2], after: .zero, dead: true)
        let snapshot = try await fixture.snapshot()
        #expect(snapshot.pending == 4 && snapshot.pendingChildren == 2 && snapshot.leased == 1)
        #expect(snapshot.delayed == 1 && snapshot.dead == 1 && snapshot.done == 1 && snapshot.splits == 1)
        #expect(snapshot.open == 6)
        #expect(snapshot.next == quarter(0, 0).id)
        #expect(snapshot.held == ["w1": 1])
        #expect(snapshot.epoch == 1 && snapshot.store == "/store")
    }

    @Test func `scripts come back after a flush of the script cache`() async throws {
        let server = try await RedisServer()
        let fixture = try await Fixture(roots: 2, on: server)
        let queue = try fixture.queue()
        #expect(try await queue.claim(1).names == ["0"])
        try await fixture.redis.command("SCRIPT", "FLUSH")
        #expect(try await queue.claim(1).names == ["1"])
        await server.stop()
    }

    @Test(arguments: ["", "a b", "a{b}", "a\nb", "ä", String(repeating: "x", count: 129)])
    func `names that would break keys are refused`(name: String) async throws {
        let redis = RedisClient(url: try await sharedServer.value.url)
        #expect(throws: QueueError.badName(name)) { try RunKeys(run: name) }
        #expect(throws: QueueError.badName(name)) {
            try RedisShardQueue(redis: redis, run: "r", epoch: 1, worker: name)
        }
        #expect(throws: QueueError.badName(name)) { try RedisLimiter(redis: redis, name: name, rate: nil) }
    }

    @Test func `all keys of a run lie in one slot, and a worker's in another`() async throws {
        let fixture = try await Fixture()
        let keys = try fixture.keys
        for key in keys.all + keys.staged("i") + [keys.claim("r")] {
            #expect(key.hasPrefix("trawl:{\(fixture.run)}:"))
        }
        #expect(Set(keys.all).count == keys.all.count)
        #expect(Keys.worker("w") == "{\(Keys.workers)}:w")
    }
}
