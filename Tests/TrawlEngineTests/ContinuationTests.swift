import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// A shard that goes on where an earlier attempt ended.
struct ContinuationTests {
    /// Drains the worker during the request with this number, so that its page is the last one; then lets another
    /// worker go on.
    private static func bench(
        days: Int = 1, hits: Int = 450, script: @escaping MemorySource.Script = { _, _ in nil }
    ) -> Bench {
        Bench(days: days, hits: hits, script: script)
    }

    /// What an attempt left that had the first `count` pages.
    private static func leave(_ bench: Bench, pages count: Int, hits: Int, requests: Int = 7) {
        let pages = (1...count).map { number in
            let page = MemorySource.page(
                PageRequest(interval: bench.shard.interval, number: number, size: 100), hits: hits)
            return RecordedWalk.RecordedPage(
                note: PageNote(page, number: number, walk: 1, size: 100, fetched: Slot(time: 1), requests: requests),
                entries: page.records.entries)
        }
        bench.store.contents.with { $0.left[bench.shard.id] = RecordedWalk(attempt: "old", pages: pages) }
    }

    @Test func `pages that are there are not asked for again, and the proof is as if they had been`() async throws {
        let bench = Self.bench()
        Self.leave(bench, pages: 3, hits: 450)
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.number) == [4, 5])
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.verdict == .proven && outcome.proof.distinct == 450 && outcome.proof.pages == 5)
        // Those of the earlier attempt are among them.
        #expect(outcome.requests == 9 && outcome.lines == 450)
    }

    @Test func `a walk that lacked only its outcome costs no request`() async throws {
        let bench = Self.bench()
        Self.leave(bench, pages: 5, hits: 450)
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.isEmpty)
        #expect(bench.store.part(of: bench.shard.id)?.proof.verdict == .proven)
    }

    @Test func `when the total has moved the walk starts over at once`() async throws {
        let bench = Self.bench()
        Self.leave(bench, pages: 3, hits: 440)
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.number) == [4, 1, 2, 3, 4, 5])
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.verdict == .proven && outcome.proof.walks == 2 && outcome.proof.distinct == 450)
    }

    @Test func `a drained worker leaves its pages, and the next one goes on`() async throws {
        let drain = Guarded<DrainFlag?>(nil)
        let first = Self.bench { _, number throws(FetchFailure) in
            if number == 2 { drain.with { $0 }?.raise() }
            return nil
        }
        drain.with { $0 = first.drain }
        #expect(await first.run() == .drained)
        let left = try #require(first.store.contents.with { $0.left[first.shard.id] })
        let second = Self.bench()
        second.store.contents.with { $0.left[second.shard.id] = left }
        #expect(await second.run() == .idle)
        #expect(await second.source.requests.map(\.number) == [3, 4, 5])
        #expect(second.store.part(of: second.shard.id)?.requests == 5)
    }

    @Test func `a failing shard that is tried again goes on where it failed`() async throws {
        let bench = Self.bench(days: 2) { request, number throws(FetchFailure) in
            // The last page fails for long enough to end the attempt, while another shard gets its pages.
            if request.number == 5, number < 12 { throw .transient(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(bench.shards.allSatisfy { bench.store.part(of: $0.id)?.proof.verdict == .proven })
        for page in 1...4 {
            #expect(await bench.source.requests.count { $0.number == page } == 2, "page \(page)")
        }
    }

    @Test func `a job's results are read on while the job is the same`() async throws {
        let profile = try #require(EndpointProfile.builtIn(named: "details-jobs"))
        for isSame in [true, false] {
            let bench = Bench(profile: profile, pageSize: 100) { request, _ in
                let page = MemorySource.page(request, hits: 250)
                let next = page.records.entries.count < request.size ? nil : Cursor([UInt8(request.number)])
                return Page(
                    records: page.records, total: nil, cursor: next, availableTo: Instant("2030-01-01T00:00:00Z"),
                    digest: page.digest, wireBytes: 10)
            }
            await bench.queue.set(job: JobID(isSame ? "left" : "other")!, of: bench.shard.id)
            let page = MemorySource.page(
                PageRequest(interval: bench.shard.interval, number: 1, size: 100), hits: 250)
            let first = Page(
                records: page.records, total: nil, cursor: Cursor([1]), availableTo: Instant("2030-01-01T00:00:00Z"),
                digest: page.digest, wireBytes: 10)
            let note = PageNote(
                first, number: 1, walk: 1, size: 100, fetched: Slot(time: 1), job: JobID("left"), requests: 1)
            bench.store.contents.with {
                $0.left[bench.shard.id] = RecordedWalk(
                    attempt: "old", pages: [.init(note: note, entries: first.records.entries)])
            }
            #expect(await bench.run() == .idle)
            #expect(await bench.source.requests.map(\.number) == (isSame ? [2, 3] : [1, 2, 3]))
            #expect(bench.store.part(of: bench.shard.id)?.proof.distinct == 250)
        }
    }
}
