import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

/// What a crash, a lost reply or a slow worker leaves, and that the next claim mends it.
@Suite struct ClaimRecoveryTests {
    private static func send(_ fixture: Fixture, request: String, count: Int) async throws -> [RedisReply] {
        let keys = try fixture.keys
        return try await fixture.redis.evaluate(
            Scripts.claim, keys: keys.all + [keys.claim(request)],
            arguments: [fixture.epoch, "w1", request, count, 30_000, 3]
        ).array
    }

    @Test func `a repeated request gets the same shards and tokens, and no more`() async throws {
        let fixture = try await Fixture(roots: 5)
        let first = try await Self.send(fixture, request: "r", count: 2)
        let places = try await fixture.places()
        let second = try await Self.send(fixture, request: "r", count: 2)
        #expect(first[2] == second[2])
        #expect(try await fixture.places() == places)
        #expect(try await Self.send(fixture, request: "s", count: 2)[2] != first[2])
    }

    @Test func `a repeated request does not get back what was taken meanwhile`() async throws {
        let fixture = try await Fixture(roots: 2)
        _ = try await Self.send(fixture, request: "r", count: 2)
        try await fixture.expire(hour(1))
        #expect(try await fixture.queue("w2").claim(1).names == ["1"])
        let repeated = try await Self.send(fixture, request: "r", count: 2)
        #expect(try repeated[2].array.count == 6)
        #expect(try repeated[2].array[0].text == hour(0).id.text)
    }

    @Test func `a repeated request tells again which shards were poisoned`() async throws {
        let fixture = try await Fixture(roots: 1)
        try await fixture.redis.command("HSET", try fixture.keys.reclaims, hour(0).id.text, 2)
        _ = try await fixture.queue().claim(1)
        try await fixture.expire(hour(0))
        let first = try await Self.send(fixture, request: "r", count: 2)
        #expect(try first[3].array.count == 6)
        #expect(try await Self.send(fixture, request: "r", count: 2)[3] == first[3])
    }

    @Test func `shards granted in a reply that never came are granted again by the next claim`() async throws {
        let server = try await RedisServer()
        let fixture = try await Fixture(roots: 6, on: server)
        let impatient = RedisClient(url: server.url, options: RedisOptions(commandTimeout: .milliseconds(100)))
        let queue = try RedisShardQueue(redis: impatient, run: fixture.run, epoch: 1, worker: "w1")
        #expect(try await queue.claim(1).names == ["0"])
        await server.pause()
        await #expect(throws: RedisError.self) { try await queue.claim(3) }
        await server.resume()
        // The frozen server finds the first request in its socket; whichever of the two it takes first, they are one.
        #expect(try await queue.claim(3).names == ["1", "2", "3"])
        #expect(try await fixture.places().description == "roots 4,5; leased 0,1,2,3")
        await server.stop()
    }

    @Test func `more shards than asked for, out of a lost reply, are given back`() async throws {
        let server = try await RedisServer()
        let fixture = try await Fixture(roots: 6, on: server)
        let impatient = RedisClient(url: server.url, options: RedisOptions(commandTimeout: .milliseconds(100)))
        let queue = try RedisShardQueue(redis: impatient, run: fixture.run, epoch: 1, worker: "w1")
        #expect(try await queue.claim(1).names == ["0"])
        await server.pause()
        await #expect(throws: RedisError.self) { try await queue.claim(4) }
        await server.resume()
        let claim = try await queue.claim(1)
        #expect(claim.leases.count == 1)
        #expect(try await fixture.snapshot().leased == 2)
        await server.stop()
    }

    @Test func `a short lease runs out by itself`() async throws {
        let fixture = try await Fixture(roots: 1)
        let options = RedisShardQueue.Options(lease: .milliseconds(50))
        _ = try await fixture.queue("dead", options: options).claim(1)
        let queue = try fixture.queue("w2", options: options)
        // The queue itself says when to come again.
        var claim = try await queue.claim(1)
        while claim.leases.isEmpty {
            let wait = try #require(claim.nextIn)
            #expect(wait <= .milliseconds(50))
            try await Task.sleep(for: wait)
            claim = try await queue.claim(1)
        }
        #expect(claim.names == ["0"])
        #expect(claim.leases[0].reclaims == 1)
    }

    /// The steps of a worker's life with one shard that has to be split, and of its child.
    private static let steps: [@Sendable (RedisShardQueue, inout [Lease]) async throws -> Void] = [
        { queue, held in held = try await queue.claim(1).leases },
        { queue, held in _ = try await queue.beat(held, progress: Progress()) },
        { queue, held in _ = try await queue.retry(held.removeLast(), after: .zero, dead: false) },
        { queue, held in held = try await queue.claim(1).leases },
        { queue, held in try await queue.release(held.removeLast()) },
        { queue, held in held = try await queue.claim(1).leases },
        { queue, held in
            try await queue.finish(held.removeLast(), children: [quarter(0, 0), quarter(0, 1)])
        },
        { queue, held in held = try await queue.claim(1).leases },
        { queue, held in try await queue.finish(held.removeLast(), children: []) },
    ]

    @Test(arguments: 0...9)
    func `a worker killed after any step strands nothing`(survived: Int) async throws {
        let fixture = try await Fixture(roots: 1)
        let doomed = try fixture.queue("doomed")
        var held: [Lease] = []
        for step in Self.steps.prefix(survived) { try await step(doomed, &held) }
        // Killed here. Its leases run out, and another worker does all that is left.
        for lease in held { try await fixture.expire(lease.shard) }
        let heir = try fixture.queue("heir")
        while true {
            let claim = try await heir.claim(10)
            #expect(claim.poisoned.isEmpty)
            if claim.leases.isEmpty { break }
            for lease in claim.leases {
                let isRoot = lease.shard == hour(0)
                try await heir.finish(lease, children: isRoot ? [quarter(0, 0), quarter(0, 1)] : [])
            }
        }
        #expect(try await fixture.places().description == "done 0,0.0,0.1")
        #expect(try await fixture.snapshot().done == 3)
    }
}
