import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// How a worker keeps its leases, loses them, and ends.
struct LeaseTests {
    /// Every beat renews.
    private static func options(stallLimit: Duration = .seconds(60)) -> WorkerOptions {
        var options = Bench.quick
        options.lease = .milliseconds(15)
        options.reportEvery = .milliseconds(5)
        options.stallLimit = stallLimit
        return options
    }

    @Test func `a drain finishes the page in hand, gives the shard back and leaves its pages to the next owner`()
        async throws
    {
        let drain = Guarded<DrainFlag?>(nil)
        let bench = Bench(days: 3) { _, number throws(FetchFailure) in
            if number == 2 { drain.with { $0 }?.raise() }
            return nil
        }
        drain.with { $0 = bench.drain }
        #expect(await bench.run() == .drained)
        #expect(await bench.source.requests.count == 2)
        #expect(await bench.calls == [.claimed(bench.shard.id, attempts: 0), .released(bench.shard.id)])
        #expect(bench.store.contents.with { $0.parts.isEmpty && $0.outcomes.isEmpty })
        #expect(bench.store.contents.with { $0.left[bench.shard.id]?.pages.map(\.note.number) } == [1, 2])
    }

    @Test func `a drain on the last page commits the shard`() async throws {
        let drain = Guarded<DrainFlag?>(nil)
        let bench = Bench(days: 3) { _, number throws(FetchFailure) in
            if number == 3 { drain.with { $0 }?.raise() }
            return nil
        }
        drain.with { $0 = bench.drain }
        #expect(await bench.run() == .drained)
        #expect(
            await bench.calls == [.claimed(bench.shard.id, attempts: 0), .finished(bench.shard.id, children: [])])
    }

    @Test func `a drain ends a long backoff`() async throws {
        let drain = Guarded<DrainFlag?>(nil)
        var bench = Bench { _, _ throws(FetchFailure) in
            drain.with { $0 }?.raise()
            throw .transient(.any)
        }
        bench.options.pageBackoff = Backoff(base: .seconds(3600), cap: .seconds(3600))
        drain.with { $0 = bench.drain }
        #expect(await bench.run() == .drained)
        #expect(await bench.calls.last == .released(bench.shard.id))
    }

    @Test func `an attempt whose lease was lost stops without a commit`() async throws {
        let barrier = Barrier()
        var bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            return nil
        }
        bench.options = Self.options()
        let id = bench.shard.id
        let worker = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.giveAway(id)
        // The beat after the one that told of the loss: by then the worker knows.
        await bench.queue.wait { calls in
            calls.drop { $0 != .beat(renewed: [], lost: [id]) }.dropFirst().contains { $0.isBeat }
        }
        await barrier.open()
        bench.drain.raise()
        #expect(await worker.value == .drained)
        #expect(await bench.source.requests.count == 2)
        #expect(await bench.calls == [.claimed(id, attempts: 0)])
        #expect(bench.store.contents.with { $0.outcomes.isEmpty && $0.parts.isEmpty })
    }

    @Test func `a lease is renewed while the fetch advances, and left to run out when it hangs`() async throws {
        let barrier = Barrier()
        var bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            return nil
        }
        bench.options = Self.options(stallLimit: .milliseconds(200))
        let id = bench.shard.id
        let worker = Task { [bench] in await bench.run() }
        await bench.queue.wait { $0.contains(.beat(renewed: [id], lost: [])) }
        await barrier.awaitArrival()
        let before = await bench.queue.calls.count
        await bench.queue.wait { $0.dropFirst(before).contains(.beat(renewed: [], lost: [])) }
        await barrier.open()
        #expect(await worker.value == .idle)
    }

    @Test func `a worker tells how many of its fetches hang, and for how long its leases went without a look`()
        async throws
    {
        let barrier = Barrier()
        var bench = Bench(days: 3) { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            return nil
        }
        bench.options = Self.options(stallLimit: .milliseconds(200))
        let worker = bench.worker
        let work = Task { await worker.run() }
        await barrier.awaitArrival()
        #expect(await worker.liveness.shards == 1)
        let before = await bench.queue.calls.count
        await bench.queue.wait { $0.dropFirst(before).contains(.beat(renewed: [], lost: [])) }
        #expect(await worker.liveness.stuck == 1)
        #expect(await worker.liveness.sinceTurn < .seconds(30))
        await barrier.open()
        #expect(await work.value == .idle)
        #expect(await worker.liveness.stuck == 0)
    }

    @Test func `a fetch that waits for its slot keeps its lease, however long that takes`() async throws {
        let barrier = Barrier()
        var bench = Bench()
        bench.options = Self.options(stallLimit: .milliseconds(1))
        let id = bench.shard.id
        await bench.limiter.set(barrier: barrier)
        let worker = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.wait { $0.count { $0 == .beat(renewed: [id], lost: []) } >= 5 }
        await barrier.open()
        #expect(await worker.value == .idle)
        #expect(bench.store.part(of: id) != nil)
    }

    @Test func `a drain ends the wait for a slot`() async throws {
        let barrier = Barrier()
        let bench = Bench(days: 3)
        await bench.limiter.set(barrier: barrier)
        let worker = Task { await bench.run() }
        await barrier.awaitArrival()
        bench.drain.raise()
        #expect(await worker.value == .drained)
        #expect(await bench.source.requests.isEmpty)
        #expect(await bench.calls == [.claimed(bench.shard.id, attempts: 0), .released(bench.shard.id)])
    }

    @Test func `a cancel ends the wait for a slot`() async throws {
        let barrier = Barrier()
        let bench = Bench(days: 3)
        await bench.limiter.set(barrier: barrier)
        let worker = Task { await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.set(.cancelled)
        #expect(await worker.value == .stopped(.cancelled))
        #expect(await bench.source.requests.isEmpty)
        #expect(await bench.calls == [.claimed(bench.shard.id, attempts: 0), .released(bench.shard.id)])
    }

    @Test func `a queue out of reach for three leases ends the worker, and what it held is not committed`() async throws
    {
        let barrier = Barrier()
        var bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            if Task.isCancelled { throw .transient(.any) }
            return nil
        }
        bench.options = Self.options()
        let worker = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.set(isReachable: false)
        #expect(await worker.value == .queueLost)
        #expect(bench.store.contents.with { $0.outcomes.isEmpty && $0.parts.isEmpty })
    }

    @Test func `a worker without work is ended by the watchdog as well`() async throws {
        var bench = Bench(days: 1)
        bench.options = Self.options()
        bench.options.untilIdle = false
        await bench.queue.set(isReachable: false)
        #expect(await bench.run() == .queueLost)
    }

    @Test func `what could not be reported is reported later`() async throws {
        let barrier = Barrier()
        var bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            return nil
        }
        bench.options.lease = .seconds(600)
        let worker = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.set(isReachable: false)
        await bench.queue.wait { $0.count { $0 == .failed } >= 2 }
        await bench.queue.set(isReachable: true)
        await barrier.open()
        #expect(await worker.value == .idle)
        #expect(await bench.queue.progress.requests == 3)
        #expect(await bench.queue.progress.pages == 3)
    }

    @Test func `a paused run is waited for`() async throws {
        let bench = Bench()
        await bench.queue.set(.paused)
        let worker = Task { [bench] in await bench.run() }
        await bench.queue.wait { $0.count { $0.isBeat } >= 3 }
        #expect(await bench.source.requests.isEmpty)
        await bench.queue.set(.running)
        #expect(await worker.value == .idle)
        #expect(bench.store.part(of: bench.shard.id) != nil)
    }

    @Test(arguments: [
        (RunState.draining, WorkerEnd.stopped(.draining)), (.cancelled, .stopped(.cancelled)),
        (.complete, .stopped(.complete)),
    ])
    func `a run that is not open ends the worker`(state: RunState, end: WorkerEnd) async throws {
        let bench = Bench()
        await bench.queue.set(state)
        #expect(await bench.run() == end)
        #expect(await bench.source.requests.isEmpty)
    }

    @Test func `a cancelled worker gives back what it holds`() async throws {
        let barrier = Barrier()
        let bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            if Task.isCancelled { throw .transient(.any) }
            return nil
        }
        let worker = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        worker.cancel()
        #expect(await worker.value == .drained)
        #expect(await bench.calls.last == .released(bench.shard.id))
        #expect(bench.store.contents.with { $0.outcomes.isEmpty && $0.parts.isEmpty })
    }
}
