import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What becomes of a shard that is fetched by jobs.
struct JobTests {
    /// 250 records on three pages, whose cursors are `c2` and `c3`.
    private static func bench(
        days: Int = 1, attemptCap: Int = 3, script: @escaping MemorySource.Script = { _, _ in nil }
    ) throws -> Bench {
        let profile = try #require(EndpointProfile.builtIn(named: "details-jobs"))
        var bench = Bench(days: days, attemptCap: attemptCap, profile: profile, pageSize: 100) {
            request, number throws(FetchFailure) in
            if let page = try await script(request, number) { return page }
            let page = MemorySource.page(request, hits: 250)
            let next = page.records.entries.count < request.size ? nil : Cursor(Array("c\(request.number + 1)".utf8))
            return Page(
                records: page.records, total: nil, cursor: next, availableTo: Instant("2030-01-01T00:00:00Z"),
                digest: page.digest, wireBytes: 10)
        }
        bench.options.pollBackoff = Backoff(base: .microseconds(10), cap: .microseconds(20))
        bench.options.busyBackoff = Backoff(base: .microseconds(10), cap: .microseconds(20))
        return bench
    }

    private static func job(_ bench: Bench, day: Int = 0) -> JobID {
        JobID("job-\(bench.shards[day].interval.from.rfc3339)")!
    }

    @Test func `a shard is fetched by a job that is deleted after the outcome stands`() async throws {
        let bench = try Self.bench()
        #expect(await bench.run() == .idle)
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.verdict == .unverifiable && outcome.proof.distinct == 250)
        let job = Self.job(bench)
        #expect(
            await bench.source.questions == [
                .availability, .submit(bench.shard.interval), .status(job), .delete(job),
            ])
        #expect(await bench.source.requests.map(\.job) == [job, job, job])
        #expect(outcome.requests == 7)
        #expect(
            await bench.calls == [
                .claimed(bench.shard.id, attempts: 0), .kept(bench.shard.id, job),
                .finished(bench.shard.id, children: []), .kept(bench.shard.id, nil),
            ])
    }

    @Test func `what is known to be complete is asked about once for all shards`() async throws {
        let bench = try Self.bench(days: 4)
        #expect(await bench.run() == .idle)
        #expect(await bench.source.questions.count { $0 == .availability } == 1)
    }

    @Test func `data that is not there yet puts the shard off, without a charge and without a job`() async throws {
        let bench = try Self.bench(days: 2)
        let reached = bench.shards[0].interval.to
        await bench.source.set { request, _ in
            switch request {
            case .availability: .available(to: reached)
            case .submit(let interval): .submitted(JobID("job-\(interval.from.rfc3339)")!)
            case .status: .status(.done)
            case .delete: .deleted
            }
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.part(of: bench.shards[0].id) != nil)
        #expect(bench.store.part(of: bench.shards[1].id) == nil)
        #expect(
            await bench.calls.contains(
                // A whole day is missing; no wait is longer than ten minutes.
                .postponed(bench.shards[1].id, by: .seconds(600), availableTo: reached)))
        #expect(await bench.source.questions.count { if case .submit = $0 { true } else { false } } == 1)
        #expect(bench.store.contents.with { $0.dead.isEmpty })
    }

    @Test func `results of data that was not complete are thrown away with their job`() async throws {
        let bench = try Self.bench { request, _ in
            let page = MemorySource.page(request, hits: 5)
            return Page(
                records: page.records, total: nil, availableTo: request.interval.to + -1, digest: page.digest,
                wireBytes: 10)
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.part(of: bench.shard.id) == nil)
        #expect(await bench.source.questions.last == .delete(Self.job(bench)))
        #expect(bench.store.contents.with { $0.parts.isEmpty })
    }

    @Test func `a job left by another worker is read, not submitted again`() async throws {
        let bench = try Self.bench()
        await bench.queue.set(job: JobID("left")!, of: bench.shard.id)
        #expect(await bench.run() == .idle)
        #expect(await bench.source.questions == [.status(JobID("left")!), .delete(JobID("left")!)])
        #expect(await bench.source.requests.map(\.job?.text) == ["left", "left", "left"])
    }

    @Test func `a job left by another worker that is gone is replaced`() async throws {
        let bench = try Self.bench()
        let left = JobID("left")!
        await bench.queue.set(job: left, of: bench.shard.id)
        await bench.source.set { request, _ throws(FetchFailure) in
            switch request {
            case .availability: return .available(to: Instant("2030-01-01T00:00:00Z"))
            case .submit: return .submitted(JobID("new")!)
            case .status(left): throw .cursorRefused(FailureDetail(status: 404, message: "not found"))
            case .status: return .status(.done)
            case .delete: return .deleted
            }
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.part(of: bench.shard.id)?.proof.walks == 2)
        #expect(await bench.source.requests.map(\.job?.text) == ["new", "new", "new"])
        #expect(await bench.source.questions.last == .delete(JobID("new")!))
    }

    @Test func `a job that fails costs an attempt each time, and at last the shard, in the API's words`() async throws {
        let bench = try Self.bench()
        await bench.source.set { request, number in
            switch request {
            case .availability: .available(to: Instant("2030-01-01T00:00:00Z"))
            case .submit: .submitted(JobID("job-\(number)")!)
            case .status: .status(.failed("FAILED, the query is too broad"))
            case .delete: .deleted
            }
        }
        #expect(await bench.run() == .idle)
        let marker = try #require(bench.store.contents.with { $0.dead[bench.shard.id] })
        #expect(marker.cause == .attempts && marker.attempts == 3)
        #expect(marker.reason == "the job failed: FAILED, the query is too broad")
        let questions = await bench.source.questions
        #expect(questions.count { if case .submit = $0 { true } else { false } } == 3)
        #expect(questions.count { if case .delete = $0 { true } else { false } } == 3)
    }

    @Test func `a job that is never done is given up in time`() async throws {
        var bench = try Self.bench(attemptCap: 1)
        bench.options.jobTimeout = .milliseconds(20)
        bench.options.pollBackoff = Backoff(base: .milliseconds(1), cap: .milliseconds(2))
        await bench.source.set { request, _ in
            switch request {
            case .availability: .available(to: Instant("2030-01-01T00:00:00Z"))
            case .submit: .submitted(JobID("stuck")!)
            case .status: .status(.running)
            case .delete: .deleted
            }
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.contents.with { $0.dead[bench.shard.id]?.reason } == "the job was not done in time")
        #expect(await bench.source.questions.last == .delete(JobID("stuck")!))
    }

    @Test func `too many jobs hold up the submission alone, for as long as it takes`() async throws {
        let bench = try Self.bench()
        let refusals = Guarded(20)
        let job = Self.job(bench)
        await bench.source.set { request, _ throws(FetchFailure) in
            switch request {
            case .availability: return .available(to: Instant("2030-01-01T00:00:00Z"))
            case .submit:
                let isFull = refusals.with { left in
                    left -= 1
                    return left >= 0
                }
                if isFull { throw .busy(retryAfter: .zero, .any) }
                return .submitted(job)
            case .status: return .status(.done)
            case .delete: return .deleted
            }
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.part(of: bench.shard.id) != nil)
        #expect(await bench.limiter.throttles.isEmpty)
    }

    @Test(arguments: [true, false])
    func `a drained shard is given back with its job, or without one where nobody would find it`(leaves: Bool)
        async throws
    {
        let barrier = Barrier()
        var bench = try Self.bench { request, _ in
            if request.number == 2 { await barrier.pass() }
            return nil
        }
        bench.options.leavesJobs = leaves
        let running = Task { [bench] in await bench.run() }
        await barrier.awaitArrival()
        bench.drain.raise()
        await barrier.open()
        #expect(await running.value == .drained)
        let job = Self.job(bench)
        #expect(await bench.queue.jobs[bench.shard.id] == (leaves ? job : nil))
        #expect(await bench.source.questions.contains(.delete(job)) == !leaves)
        #expect(await bench.calls.last == .released(bench.shard.id))
    }

    @Test func `a run that is cancelled deletes its jobs`() async throws {
        let barrier = Barrier()
        let bench = try Self.bench { request, _ in
            if request.number == 2 { await barrier.pass() }
            return nil
        }
        let running = Task { await bench.run() }
        await barrier.awaitArrival()
        await bench.queue.set(.cancelled)
        let beats = await bench.queue.calls.count(where: \.isBeat)
        await bench.queue.wait { $0.count(where: \.isBeat) > beats + 1 }
        await barrier.open()
        #expect(await running.value == .stopped(.cancelled))
        #expect(await bench.source.questions.last == .delete(Self.job(bench)))
        #expect(bench.store.part(of: bench.shard.id) == nil)
    }

    @Test func `a page size that is refused is lowered for good`() async throws {
        let bench = try Self.bench(days: 2) { request, _ throws(FetchFailure) in
            if request.size > 30 { throw .pageSizeRefused(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(bench.shards.allSatisfy { bench.store.part(of: $0.id)?.proof.distinct == 250 })
        // 25 records a page, over both shards.
        #expect(await bench.source.requests.map(\.size) == [100, 50] + Array(repeating: 25, count: 22 + 6))
        // Both shards needed one job each: another page size is no other query.
        #expect(await bench.source.questions.count { if case .submit = $0 { true } else { false } } == 2)
    }
}
