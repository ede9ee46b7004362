import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What a worker tells of the shards it holds, for people who watch.
struct ActivityTests {
    @Test func `while a request is on its way, the pages before it are told`() async throws {
        let barrier = Barrier()
        let bench = Bench { request, number throws(FetchFailure) in
            if number == 2 { throw .throttled(retryAfter: nil, .any) }
            if number == 3 { throw .transient(FailureDetail(status: 503, message: "busy", correlationID: "c-7")) }
            if number == 4 { await barrier.pass() }
            return nil
        }
        let worker = bench.worker()
        let running = Task { await worker.run() }
        await barrier.awaitArrival()
        let activities = await worker.status.activities
        let activity = try #require(activities.first)
        #expect(activities.count == 1)
        #expect(activity.shard == bench.shard.id)
        #expect(activity.token == LeaseToken("1:1:t"))
        #expect(activity.phase == .requesting)
        #expect([activity.walk, activity.pages, activity.records, activity.hits] == [1, 1, 100, 250])
        #expect([activity.requests, activity.throttled, activity.failures] == [4, 1, 1])
        #expect(activity.correlation == "c-7")
        #expect(activity.failure == "HTTP 503 - busy (correlation id c-7)")
        await barrier.open()
        #expect(await running.value == .idle)
        #expect(await worker.status.activities.isEmpty)
        let troubles = try #require(bench.store.part(of: bench.shard.id)?.troubles)
        #expect([troubles.attempts, troubles.reclaims, troubles.throttled, troubles.failures] == [0, 0, 1, 1])
        #expect(troubles.failure == activity.failure && troubles.correlation == "c-7")
    }

    @Test func `a shard in line for a slot waits`() async throws {
        let barrier = Barrier()
        let bench = Bench()
        await bench.limiter.set(barrier: barrier)
        let worker = bench.worker()
        let running = Task { await worker.run() }
        await barrier.awaitArrival()
        #expect(await worker.status.activities.map(\.phase) == [.waiting])
        await barrier.open()
        #expect(await running.value == .idle)
    }

    @Test func `a page has the name that the API gave its request`() async throws {
        let barrier = Barrier()
        let bench = Bench { request, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            return MemorySource.page(request, hits: 250, correlationID: "c-\(number)")
        }
        let worker = bench.worker()
        let running = Task { await worker.run() }
        await barrier.awaitArrival()
        #expect(await worker.status.activities.map(\.correlation) == ["c-1"])
        await barrier.open()
        #expect(await running.value == .idle)
    }

    @Test func `after a failure the shard pauses`() async throws {
        var bench = Bench { _, _ throws(FetchFailure) in throw .transient(.any) }
        bench.options.pageBackoff = Backoff(base: .seconds(3600), cap: .seconds(3600))
        let worker = bench.worker()
        let running = Task { await worker.run() }
        var phase: ShardActivity.Phase?
        while phase != .pausing {
            phase = await worker.status.activities.first { $0.failures == 1 }?.phase
            await Task.yield()
        }
        bench.drain.raise()
        #expect(await running.value == .drained)
    }

    @Test func `between two questions about its job, a shard polls`() async throws {
        let profile = try #require(EndpointProfile.builtIn(named: "details-jobs"))
        var bench = Bench(profile: profile, pageSize: 100)
        await bench.source.set(jobs: { request, _ in
            switch request {
            case .availability: .available(to: Instant("2030-01-01T00:00:00Z"))
            case .submit: .submitted(JobID("job-1")!)
            case .status: .status(.running)
            case .delete: .deleted
            }
        })
        bench.options.pollBackoff = Backoff(base: .seconds(3600), cap: .seconds(3600))
        let worker = bench.worker()
        let running = Task { await worker.run() }
        while await worker.status.activities.map(\.phase) != [.polling] { await Task.yield() }
        bench.drain.raise()
        #expect(await running.value == .drained)
    }

    @Test func `the figures of another walk begin at nothing`() async throws {
        let barrier = Barrier()
        let bench = Bench { request, number throws(FetchFailure) in
            // The total moves on the second page: the walk proves nothing.
            if number == 2 { return MemorySource.page(request, hits: 260) }
            if number == 5 { await barrier.pass() }
            return nil
        }
        let worker = bench.worker()
        let running = Task { await worker.run() }
        await barrier.awaitArrival()
        let activity = try #require(await worker.status.activities.first)
        #expect(activity.walk == 2)
        #expect(activity.pages == activity.requests - 1 - 3)
        #expect(activity.records == 100 * activity.pages)
        await barrier.open()
        #expect(await running.value == .idle)
    }
}
