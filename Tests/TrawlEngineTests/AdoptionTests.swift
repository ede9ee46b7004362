import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What a worker does when the schedule it knows is no more.
struct AdoptionTests {
    /// A bench whose second page waits at the barrier.
    private static func bench(_ barrier: Barrier) -> Bench {
        Bench { request, _ in
            if request.number == 2 { await barrier.pass() }
            return nil
        }
    }

    @Test func `a shard in hand goes on in the new schedule, and no page is fetched twice`() async throws {
        let barrier = Barrier()
        var bench = Self.bench(barrier)
        let restorations = Guarded(0)
        bench.restore = { restorations.with { $0 += 1 } }
        let id = bench.shard.id
        let worker = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.wipe()
        // While no schedule stands, it asks for one again and again.
        await bench.queue.wait { $0.count { $0 == .rejoined([id]) } >= 2 }
        await bench.queue.install(returning: [id])
        let before = await bench.queue.calls.count
        await bench.queue.wait { $0.dropFirst(before).contains(.rejoined([id])) }
        await barrier.open()
        #expect(await worker.value == .idle)
        #expect(restorations.with { $0 } >= 2)
        #expect(await bench.source.requests.map(\.number) == [1, 2, 3])
        // Its part has the name it began with.
        #expect(bench.store.part(of: id)?.token == LeaseToken("1:1:t"))
        #expect(await bench.calls.contains(.finished(id, children: [])))
        #expect(bench.store.part(of: id)?.requests == 3)
    }

    @Test func `a shard that someone else has in the new schedule is given up`() async throws {
        let barrier = Barrier()
        let bench = Self.bench(barrier)
        let worker = Task { await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.install(returning: [])
        await bench.queue.wipe()
        await bench.queue.wait { $0.contains(.rejoined([bench.shard.id])) }
        await barrier.open()
        #expect(await worker.value == .idle)
        #expect(bench.store.contents.with { $0.outcomes.isEmpty && $0.parts.isEmpty })
    }

    @Test func `a worker that finds no schedule for three leases ends`() async throws {
        var bench = Bench()
        bench.options.lease = .milliseconds(30)
        await bench.queue.wipe()
        #expect(await bench.run() == .queueLost)
        #expect(await bench.source.requests.isEmpty)
    }

    @Test func `an adopted shard keeps its job, and tells the new schedule of a later one`() async throws {
        let barrier = Barrier()
        let profile = try #require(EndpointProfile.builtIn(named: "details-jobs"))
        let bench = Bench(profile: profile, pageSize: 100) { request, _ in
            if request.number == 1 { await barrier.pass() }
            return Page(
                records: MemorySource.page(request, hits: 5).records, total: nil,
                availableTo: Instant("2030-01-01T00:00:00Z"), digest: Digest128(high: 0, low: 0), wireBytes: 1)
        }
        let id = bench.shard.id
        let worker = Task { await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.install(returning: [id])
        await bench.queue.wipe()
        await bench.queue.wait { $0.contains(.rejoined([id])) }
        await barrier.open()
        #expect(await worker.value == .idle)
        #expect(bench.store.part(of: id) != nil)
        #expect(await bench.source.questions.last == .delete(JobID("job-2024-01-01T00:00:00.000Z")!))
    }

    @Test func `a shard with a dead marker is buried again, without a request`() async throws {
        let bench = Bench()
        bench.store.contents.with {
            $0.dead[bench.shard.id] = DeadMarker(
                cause: .refused, reason: "no", attempts: 1, reclaims: 0, requests: 1)
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.isEmpty)
        #expect(await bench.queue.dead == [bench.shard.id])
    }
}
