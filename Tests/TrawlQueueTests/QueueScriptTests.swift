import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

/// State before, call, state after.
struct Row: Sendable, CustomTestStringConvertible {
    typealias Steps = @Sendable (Fixture, RedisShardQueue) async throws -> Void

    let testDescription: String
    var roots = 3
    /// Before the call, in words of ``Places``.
    let before: String
    let given: Steps
    let call: Steps
    let after: String
}

private let rows = [
    Row(
        testDescription: "claim takes from the head", before: "roots 0,1,2", given: { _, _ in },
        call: { _, queue in
            let claim = try await queue.claim(2)
            #expect(claim.names == ["0", "1"])
        },
        after: "roots 2; leased 0,1"),
    Row(
        testDescription: "claim of more than there is takes all", before: "roots 0,1,2", given: { _, _ in },
        call: { _, queue in
            let claim = try await queue.claim(9)
            #expect(claim.names == ["0", "1", "2"])
        },
        after: "leased 0,1,2"),
    Row(
        testDescription: "claim of none takes none", before: "roots 0,1,2", given: { _, _ in },
        call: { _, queue in
            let claim = try await queue.claim(0)
            #expect(claim.names == [])
        },
        after: "roots 0,1,2"),
    Row(
        testDescription: "children go before roots", before: "children 0.0,0.1; roots 1,2; done 0",
        given: { _, queue in
            let claim = try await queue.claim(1)
            try await queue.finish(claim.leases[0], children: [quarter(0, 0), quarter(0, 1)])
        },
        call: { _, queue in
            let claim = try await queue.claim(3)
            #expect(claim.names == ["0.0", "0.1", "1"])
            #expect(claim.leases.map(\.shard.parentHits) == [500, 500, nil])
        },
        after: "roots 2; leased 0.0,0.1,1; done 0"),
    Row(
        testDescription: "an expired lease goes to the head and to the next claimer", before: "roots 2; leased 0,1",
        given: { _, queue in _ = try await queue.claim(2) },
        call: { fixture, _ in
            try await fixture.expire(hour(1))
            let claim = try await fixture.queue("w2").claim(1)
            #expect(claim.names == ["1"])
            #expect(claim.leases[0].reclaims == 1)
        },
        after: "roots 2; leased 0,1; reclaims 1x1"),
    Row(
        testDescription: "a paused run reaps but gives nothing", before: "roots 1,2; leased 0",
        given: { _, queue in
            _ = try await queue.claim(1)
            try await queue.setState(.paused)
        },
        call: { fixture, queue in
            try await fixture.expire(hour(0))
            let claim = try await queue.claim(1)
            #expect(claim == Claim(state: .paused))
        },
        after: "roots 0,1,2; reclaims 0x1"),
    Row(
        testDescription: "a due retry goes to the tail", before: "roots 1,2; delayed 0; attempts 0x1",
        given: { _, queue in
            let dead = try await queue.retry(try await queue.claim(1).leases[0], after: .seconds(60), dead: false)
            #expect(!dead)
        },
        call: { fixture, queue in
            try await fixture.makeDue(hour(0))
            #expect(try await queue.claim(1).names == ["1"])
        },
        after: "roots 2,0; leased 1; attempts 0x1"),
    Row(
        testDescription: "a retry that is not due waits", before: "roots 1,2; delayed 0; attempts 0x1",
        given: { _, queue in
            _ = try await queue.retry(try await queue.claim(1).leases[0], after: .seconds(60), dead: false)
        },
        call: { _, queue in
            let claim = try await queue.claim(0)
            let wait = try #require(claim.nextIn)
            #expect(wait > .seconds(30) && wait <= .seconds(60))
        },
        after: "roots 1,2; delayed 0; attempts 0x1"),
    Row(
        testDescription: "retry at the cap buries", before: "roots 1,2; leased 0; attempts 0x7",
        given: { fixture, queue in
            try await fixture.redis.command("HSET", try fixture.keys.attempts, hour(0).id.text, 7)
            _ = try await queue.claim(1)
        },
        call: { fixture, queue in
            let lease = try await fixture.lease(hour(0))
            #expect(try await queue.retry(lease, after: .zero, dead: false))
            #expect(try await queue.dead().map(\.attempts) == [8])
        },
        after: "roots 1,2; dead 0; attempts 0x8"),
    Row(
        testDescription: "retry buries at once where told", before: "roots 1,2; leased 0",
        given: { _, queue in _ = try await queue.claim(1) },
        call: { fixture, queue in
            let lease = try await fixture.lease(hour(0))
            #expect(try await queue.retry(lease, after: .seconds(9), dead: true))
            // A repeat after a lost reply gives the same answer and charges nothing.
            #expect(try await queue.retry(lease, after: .seconds(9), dead: true))
        },
        after: "roots 1,2; dead 0; attempts 0x1"),
    Row(
        testDescription: "retry with another's token changes nothing", before: "roots 1,2; leased 0",
        given: { _, queue in _ = try await queue.claim(1) },
        call: { _, queue in
            let lease = Lease(shard: hour(0), token: LeaseToken("1:99:x"), attempts: 0, reclaims: 0)
            let dead = try await queue.retry(lease, after: .zero, dead: true)
            #expect(!dead)
        },
        after: "roots 1,2; leased 0"),
    Row(
        testDescription: "release gives back to the head, free of charge", before: "roots 1,2; leased 0",
        given: { _, queue in _ = try await queue.claim(1) },
        call: { fixture, queue in
            let lease = try await fixture.lease(hour(0))
            try await queue.release(lease)
            try await queue.release(lease)
        },
        after: "roots 0,1,2"),
    Row(
        testDescription: "release with another's token changes nothing", before: "roots 1,2; leased 0",
        given: { _, queue in _ = try await queue.claim(1) },
        call: { _, queue in
            try await queue.release(Lease(shard: hour(0), token: LeaseToken("1:99:x"), attempts: 0, reclaims: 0))
        },
        after: "roots 1,2; leased 0"),
    Row(
        testDescription: "postpone puts off, free of charge, and claim brings back what is due", roots: 1,
        before: "leased 0", given: { _, queue in _ = try await queue.claim(1) },
        call: { fixture, queue in
            let lease = try await fixture.lease(hour(0))
            #expect(try await queue.keep(JobID("j"), for: lease))
            try await queue.postpone(lease, by: .seconds(60), availableTo: hour(0).interval.from)
            #expect(try await fixture.places().description == "delayed 0")
            var snapshot = try await fixture.snapshot()
            #expect(snapshot.waiting == 1 && snapshot.open == 1)
            #expect(snapshot.availableTo == "2024-01-01T00:00:00.000Z")
            try await fixture.makeDue(hour(0))
            #expect(try await queue.claim(1).leases.map(\.job) == [nil])
            snapshot = try await fixture.snapshot()
            #expect(snapshot.waiting == 0)
        },
        after: "leased 0"),
    Row(
        testDescription: "postpone with another's token changes nothing", before: "roots 1,2; leased 0",
        given: { _, queue in _ = try await queue.claim(1) },
        call: { fixture, queue in
            let stranger = Lease(shard: hour(0), token: LeaseToken("1:99:x"), attempts: 0, reclaims: 0)
            try await queue.postpone(stranger, by: .zero, availableTo: hour(0).interval.from)
            #expect(try await !queue.keep(JobID("j"), for: stranger))
            #expect(try await fixture.redis.command("EXISTS", try fixture.keys.jobs).integer == 0)
        },
        after: "roots 1,2; leased 0"),
    Row(
        testDescription: "a job is found by the next owner, whatever became of the one before", roots: 1,
        before: "leased 0", given: { _, queue in _ = try await queue.claim(1) },
        call: { fixture, queue in
            let job = JobID("job:1/é")
            #expect(try await queue.keep(job, for: try await fixture.lease(hour(0))))
            try await fixture.expire(hour(0))
            var lease = try await fixture.queue("w2").claim(1).leases[0]
            #expect(lease.job == job)
            try await queue.release(lease)
            lease = try await queue.claim(1).leases[0]
            #expect(lease.job == job)
            _ = try await queue.retry(lease, after: .zero, dead: false)
            try await fixture.makeDue(hour(0))
            lease = try await queue.claim(1).leases[0]
            #expect(lease.job == job)
            #expect(try await queue.keep(nil, for: lease))
            try await queue.release(lease)
            lease = try await queue.claim(1).leases[0]
            #expect(lease.job == nil)
            #expect(try await queue.keep(job, for: lease))
            try await queue.finish(lease, children: [])
            #expect(try await fixture.redis.command("EXISTS", try fixture.keys.jobs).integer == 0)
        },
        after: "done 0"),
    Row(
        testDescription: "finish takes a pending shard out of the list", before: "roots 0,1,2", given: { _, _ in },
        call: { _, queue in try await queue.finish(hour(1).id, children: []) }, after: "roots 0,2; done 1"),
    Row(
        testDescription: "finish takes a delayed shard", before: "roots 1,2; delayed 0; attempts 0x1",
        given: { _, queue in
            _ = try await queue.retry(try await queue.claim(1).leases[0], after: .seconds(60), dead: false)
        },
        call: { _, queue in try await queue.finish(hour(0).id, children: []) }, after: "roots 1,2; done 0"),
    Row(
        testDescription: "finish brings a dead shard's late outcome in", before: "roots 1,2; dead 0; attempts 0x1",
        given: { _, queue in
            _ = try await queue.retry(try await queue.claim(1).leases[0], after: .zero, dead: true)
        },
        call: { _, queue in try await queue.finish(hour(0).id, children: []) }, after: "roots 1,2; done 0"),
    Row(
        testDescription: "a repeated finish pushes no child twice, nor one that is done",
        before: "children 0.0,0.1; roots 1,2; done 0",
        given: { _, queue in
            let lease = try await queue.claim(1).leases[0]
            try await queue.finish(lease, children: [quarter(0, 0), quarter(0, 1)])
        },
        call: { _, queue in
            let children = [quarter(0, 0), quarter(0, 1)]
            try await queue.finish(hour(0).id, children: children)
            let child = try await queue.claim(1).leases[0]
            try await queue.finish(child, children: [])
            try await queue.finish(child, children: [])
            try await queue.finish(hour(0).id, children: children)
        },
        after: "children 0.1; roots 1,2; done 0,0.0"),
    Row(
        testDescription: "a child that the queue knows already is not pushed", before: "roots 1,2; leased 0",
        given: { _, queue in _ = try await queue.claim(1) },
        call: { _, queue in
            try await queue.finish(hour(0).id, children: [quarter(0, 0), hour(1), quarter(0, 0)])
        },
        after: "children 0.0; roots 1,2; done 0"),
    Row(
        testDescription: "finish of a shard that was not owed changes nothing", before: "roots 0,1,2",
        given: { _, _ in },
        call: { _, queue in try await queue.finish(hour(9).id, children: [quarter(9, 0)]) }, after: "roots 0,1,2"),
    Row(
        testDescription: "finish from a zombie takes the shard from its new owner",
        before: "roots 1,2; leased 0; reclaims 0x1",
        given: { fixture, queue in
            _ = try await queue.claim(1)
            try await fixture.expire(hour(0))
            _ = try await fixture.queue("w2").claim(1)
        },
        call: { fixture, queue in
            let owner = try await fixture.lease(hour(0))
            try await queue.finish(hour(0).id, children: [])
            #expect(try await fixture.queue("w2").beat([owner], progress: Progress()).lost == [hour(0).id])
        },
        after: "roots 1,2; done 0"),
    Row(
        testDescription: "reclaim gives back what a dead worker held, and nothing else",
        before: "leased 0,1,2",
        given: { fixture, queue in
            _ = try await queue.claim(2)
            _ = try await fixture.queue("w2").claim(1)
        },
        call: { fixture, _ in
            let supervisor = try fixture.queue("w3")
            #expect(try await supervisor.reclaim(worker: "w1").count == 2)
            #expect(try await supervisor.reclaim(worker: "w1").count == 0)
        },
        after: "roots #; leased 2; reclaims 0x1,1x1"),
    Row(
        testDescription: "requeue gives a dead shard another life, with nothing of the old one",
        before: "roots 1,2; dead 0; attempts 0x1; reclaims 0x1",
        given: { fixture, queue in
            _ = try await queue.claim(1)
            try await fixture.expire(hour(0))
            let lease = try await queue.claim(1).leases[0]
            #expect(try await queue.keep(JobID("j"), for: lease))
            _ = try await queue.retry(lease, after: .zero, dead: true)
        },
        call: { fixture, queue in
            #expect(try await queue.requeue(hour(0)))
            #expect(try await !queue.requeue(hour(0)))
            #expect(try await queue.dead().isEmpty)
            let job = try await fixture.redis.command("HGET", try fixture.keys.jobs, hour(0).id.text)
            #expect(job == .null)
        },
        after: "roots 1,2,0"),
    Row(
        testDescription: "requeue puts on what died before the schedule was built, children with their parent's hits",
        before: "roots 0,1,2", given: { _, _ in },
        call: { _, queue in
            let isOn = [try await queue.requeue(quarter(9, 0)), try await queue.requeue(hour(8))]
            #expect(isOn == [true, true])
            let claim = try await queue.claim(1)
            #expect(claim.leases.map(\.shard) == [quarter(9, 0)])
        },
        after: "roots 0,1,2,8; leased 9.0"),
    Row(
        testDescription: "requeue leaves alone what waits, is fetched, delayed or done", roots: 4,
        before: "roots 3; leased 2; delayed 1; done 0; attempts 1x1",
        given: { _, queue in
            let leases = try await queue.claim(3).leases
            try await queue.finish(leases[0], children: [])
            _ = try await queue.retry(leases[1], after: .seconds(60), dead: false)
        },
        call: { _, queue in
            for index in 0...3 {
                let isOn = try await queue.requeue(hour(index))
                #expect(!isOn)
            }
        },
        after: "roots 3; leased 2; delayed 1; done 0; attempts 1x1"),
    Row(
        testDescription: "requeue leaves a complete run alone", before: "roots 1,2; dead 0; attempts 0x1",
        given: { _, queue in
            _ = try await queue.retry(try await queue.claim(1).leases[0], after: .zero, dead: true)
            try await queue.setState(.complete)
        },
        call: { _, queue in
            let isOn = try await queue.requeue(hour(0))
            #expect(!isOn)
        },
        after: "roots 1,2; dead 0; attempts 0x1"),
]

@Suite struct QueueScriptTests {
    @Test(arguments: rows)
    func `a call leads from the state before to the state after`(row: Row) async throws {
        let fixture = try await Fixture(roots: row.roots)
        let queue = try fixture.queue()
        try await row.given(fixture, queue)
        #expect(try await fixture.places().description == row.before)
        try await row.call(fixture, queue)
        var after = try await fixture.places()
        // What one worker held comes back in the order of a Redis hash.
        let expected = row.after.replacing("#", with: after.roots.sorted().joined(separator: ","))
        if row.after.contains("#") { after.roots.sort() }
        #expect(after.description == expected)
    }
}

extension Fixture {
    /// The lease as its owner has it.
    func lease(_ shard: Shard) async throws -> Lease {
        let token = try await redis.command("HGET", try keys.tokens, shard.id.text).text
        return Lease(shard: shard, token: LeaseToken(token), attempts: 0, reclaims: 0)
    }
}
