import FoundationEssentials
import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What becomes of a shard whose pages come.
struct ShardTests {
    @Test func `a shard is fetched page by page and committed with its proof`() async throws {
        let bench = Bench()
        #expect(await bench.run() == .idle)
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.verdict == .proven)
        #expect(outcome.proof.distinct == 250)
        #expect(outcome.requests == 3)
        #expect(outcome.lines == 250)
        let part = bench.store.contents.with { $0.parts[outcome.token] }
        #expect(part?.isClosed == true)
        #expect(part?.pages.map(\.number) == [1, 2, 3])
        #expect(part?.pages.map(\.fetched) == [Slot(time: 1), Slot(time: 2), Slot(time: 3)])
        #expect(
            await bench.calls == [.claimed(bench.shard.id, attempts: 0), .finished(bench.shard.id, children: [])])
    }

    @Test func `several slots fetch every shard once`() async throws {
        var bench = Bench(days: 20)
        bench.options.slots = 4
        #expect(await bench.run() == .idle)
        #expect(bench.store.contents.with { $0.outcomes.count } == 20)
        #expect(await bench.source.requests.count == 60)
        #expect(Set(await bench.source.requests).count == 60)
    }

    @Test func `what was done is reported, to the last request`() async throws {
        let bench = Bench(days: 2) { request, number throws(FetchFailure) in
            if number == 1 { throw .unreachable(.any) }
            if number == 2 { throw .throttled(retryAfter: nil, .any) }
            return nil
        }
        _ = await bench.run()
        var expected = Progress()
        expected.requests = 8
        expected.pages = 6
        expected.answers = 6
        expected.records = 500
        expected.bytes = 60
        expected.failures = 1
        expected.unreachable = 1
        expected.throttled = 1
        #expect(await bench.queue.progress == expected)
    }

    @Test func `a shard that has an outcome is taken off the schedule and not fetched`() async throws {
        let bench = Bench()
        _ = await bench.run()
        let again = Bench()
        let standing = bench.store.contents.with { $0.outcomes }
        again.store.contents.with { $0.outcomes = standing }
        #expect(await again.run() == .idle)
        #expect(await again.source.requests.isEmpty)
        #expect(
            await again.calls == [.claimed(again.shard.id, attempts: 0), .finished(again.shard.id, children: [])])
        #expect(again.store.contents.with { $0.outcomes } == standing)
    }

    @Test func `a shard that was split before is taken off, and its children put on`() async throws {
        let bench = Bench(hits: 150_000, childHits: 10)
        let children = bench.shard.children(hits: 150_000, depth: 100_000)
        let split = SplitOutcome(
            token: LeaseToken("1:0:other"), children: children.map(\.id), hits: 150_000, requests: 1)
        bench.store.contents.with { $0.outcomes[bench.shard.id] = .split(split) }
        #expect(await bench.run() == .idle)
        #expect(Set(await bench.source.requests.map(\.interval)) == Set(children.map(\.interval)))
        #expect(await bench.calls.contains(.finished(bench.shard.id, children: children.map(\.id))))
    }

    @Test func `a commit that was beaten leaves the winner's outcome and no part of its own`() async throws {
        let bench = Bench()
        let other = Outcome.split(
            SplitOutcome(
                token: LeaseToken("1:0:other"), children: bench.shard.children(hits: nil, depth: 1).map(\.id),
                hits: 1000, requests: 1))
        bench.store.contents.with { contents in
            contents.beforeCommit = { contents, shard in
                contents.outcomes[shard] = other
                contents.beforeCommit = nil
            }
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.contents.with { $0.outcomes[bench.shard.id] } == other)
        #expect(bench.store.contents.with { $0.discarded } == [LeaseToken("1:1:t")])
        // The winner's children are put on, not nothing.
        let children = bench.shard.children(hits: nil, depth: 1).map(\.id)
        #expect(await bench.calls.contains(.finished(bench.shard.id, children: children)))
        #expect(bench.store.contents.with { $0.outcomes.count } == 3)
    }

    @Test func `an outcome whose shard could not be taken off is not fetched a second time`() async throws {
        let bench = Bench()
        await bench.queue.failFinishes(1)
        let worker = Task { [bench] in await bench.run() }
        // The queue still holds the lease; when it has run out, the next claim finds the outcome.
        await bench.queue.wait { $0.contains(.failed) }
        await bench.queue.expire(bench.shard)
        #expect(await worker.value == .idle)
        #expect(await bench.source.requests.count == 3)
        #expect(await bench.calls.last == .finished(bench.shard.id, children: []))
    }

    @Test func `more hits than the API pages through are cut, and every child is fetched`() async throws {
        let bench = Bench(hits: 250_000, childHits: 120)
        #expect(await bench.run() == .idle)
        guard case .split(let split) = bench.store.contents.with({ $0.outcomes[bench.shard.id] }) else {
            Issue.record("no split")
            return
        }
        #expect(split.hits == 250_000)
        #expect(split.requests == 1)
        #expect(split.children.map(\.interval) == bench.shard.interval.cut(into: 5))
        for child in split.children {
            #expect(bench.store.part(of: child)?.proof.verdict == .proven)
        }
        #expect(bench.store.contents.with { $0.discarded.count } == 1)
        let ledger = try Ledger(
            plan: bench.plan, outcome: { try bench.store.outcome(of: $0) }, dead: { _ in nil })
        #expect(ledger.isComplete)
        #expect(ledger.requests == 11)
    }

    @Test func `a child with as many hits as its parent is dead as unsplittable`() async throws {
        let bench = Bench(hits: 250_000)
        #expect(await bench.run() == .idle)
        let children = bench.shard.interval.cut(into: 5).map { ShardID($0) }
        #expect(await bench.queue.dead == Set(children))
        for child in children {
            let marker = try #require(bench.store.contents.with { $0.dead[child] })
            #expect(marker.cause == .unsplittable)
            #expect(marker.requests == 1)
            #expect(marker.reason.contains("250000"))
        }
    }

    @Test func `a page that lies too deep has the shard cut in two`() async throws {
        let bench = Bench(hits: 250, childHits: 30) {
            request, _ throws(FetchFailure) in
            if request.number == 2 { throw .tooDeep(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.contents.with { $0.outcomes.count } == 3)
        #expect(
            bench.store.contents.with { $0.outcomes.values.count { if case .split = $0 { true } else { false } } } == 1)
    }

    @Test func `a page that is too large is walked again in smaller ones, as a later walk`() async throws {
        let bench = Bench { request, _ throws(FetchFailure) in
            if request.size > 25, request.number == 2 { throw .tooLarge(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.walks == 3)
        #expect(outcome.proof.verdict == .proven)
        #expect(outcome.proof.distinct == 250)
        // Lines of the walks before stay in the part, told apart by their walk.
        let pages = try #require(bench.store.contents.with { $0.parts[outcome.token]?.pages })
        #expect(pages.map(\.walk) == [1, 2] + Array(repeating: 3, count: 11))
        #expect(outcome.lines == 100 + 50 + 250)
        #expect(Set(await bench.source.requests.map(\.size)) == [100, 50, 25])
    }

    @Test func `a single record that is too large has its shard die as refused, saying what to do`() async throws {
        let bench = Bench { _, _ throws(FetchFailure) in throw .tooLarge(.any) }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.size) == [100, 50, 25, 13, 7, 4, 2, 1])
        let marker = try #require(bench.store.contents.with { $0.dead[bench.shard.id] })
        #expect(marker.cause == .refused)
        #expect(marker.reason.contains("\(FailureDetail.any.message); the page has one record and cannot be smaller"))
        #expect(marker.reason.contains("a smaller --shard, in another --out"))
    }

    @Test func `where the profile allows no smaller page, the dead shard says which key to lower`() async throws {
        let document = EndpointProfile.detailsQuery.document.canonical
        let changed = document.replacing(#""minimum":1"#, with: #""minimum":40"#)
        try #require(changed != document)
        let profile = try EndpointProfile(json: Data(changed.utf8))
        let bench = Bench(profile: profile) { _, _ throws(FetchFailure) in throw .tooLarge(.any) }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.size) == [100, 50, 40])
        let reason = try #require(bench.store.contents.with { $0.dead[bench.shard.id]?.reason })
        #expect(reason.contains("no pages of less than 40 records: lower its paging.pageSize.minimum"))
    }

    @Test func `a page without records though some are missing is asked for again`() async throws {
        let bench = Bench { request, number throws(FetchFailure) in
            number == 2
                ? Page(records: PageRecords(), total: 250, digest: Digest128(high: 9, low: 9), wireBytes: 1) : nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.number) == [1, 2, 2, 3])
        #expect(bench.store.part(of: bench.shard.id)?.proof.verdict == .proven)
    }

    @Test func `a shard that stays unproven is kept and says so`() async throws {
        let bench = Bench { request, _ throws(FetchFailure) in
            let right = MemorySource.page(request, hits: 250)
            return Page(records: right.records, total: 300, digest: right.digest, wireBytes: 10)
        }
        #expect(await bench.run() == .idle)
        let proof = try #require(bench.store.part(of: bench.shard.id)?.proof)
        #expect(proof.verdict == .short)
        #expect(proof.walks == 5)
        #expect(proof.distinct == 250)
        #expect(proof.lastHits == 300)
    }
}
