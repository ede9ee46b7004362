import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What becomes of a shard that is walked by cursor.
struct CursorTests {
    /// 250 records on three pages, whose cursors are `c2` and `c3`.
    private static func bench(
        attemptCap: Int = 3, script: @escaping MemorySource.Script = { _, _ in nil }
    ) throws -> Bench {
        let profile = try #require(EndpointProfile.builtIn(named: "details-query-cursor"))
        return Bench(attemptCap: attemptCap, profile: profile) { request, number throws(FetchFailure) in
            if let page = try await script(request, number) { return page }
            let page = MemorySource.page(request, hits: 250)
            let next = page.records.entries.count < request.size ? nil : Cursor(Array("c\(request.number + 1)".utf8))
            return Page(records: page.records, total: nil, cursor: next, digest: page.digest, wireBytes: 10)
        }
    }

    private static func cursors(_ bench: Bench) async -> [String] {
        await bench.source.requests.map { $0.position.cursor.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "" }
    }

    @Test func `a shard is fetched from cursor to cursor and committed as unverifiable`() async throws {
        let bench = try Self.bench()
        #expect(await bench.run() == .idle)
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.verdict == .unverifiable && outcome.proof.end == .noCursor)
        #expect(outcome.proof.distinct == 250 && outcome.requests == 3)
        #expect(await Self.cursors(bench) == ["", "c2", "c3"])
        #expect(bench.store.contents.with { $0.parts[outcome.token]?.pages.map(\.number) } == [1, 2, 3])
    }

    @Test func `a failed page is asked for again with its cursor`() async throws {
        let bench = try Self.bench { _, number throws(FetchFailure) in
            if number == 2 { throw .transient(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await Self.cursors(bench) == ["", "c2", "c2", "c3"])
    }

    @Test func `a refused cursor starts a walk over, whose lines are told apart`() async throws {
        let bench = try Self.bench { _, number throws(FetchFailure) in
            if number == 3 { throw .cursorRefused(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        let outcome = try #require(bench.store.part(of: bench.shard.id))
        #expect(outcome.proof.walks == 2 && outcome.proof.distinct == 250 && outcome.lines == 450)
        #expect(bench.store.contents.with { $0.parts[outcome.token]?.pages.map(\.walk) } == [1, 1, 2, 2, 2])
        #expect(await Self.cursors(bench) == ["", "c2", "c3", "", "c2", "c3"])
    }

    @Test func `a cursor that is refused walk after walk leaves the shard dead, in the API's words`() async throws {
        let bench = try Self.bench { request, _ throws(FetchFailure) in
            if request.position.cursor != nil { throw .cursorRefused(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        let marker = try #require(bench.store.contents.with { $0.dead[bench.shard.id] })
        #expect(marker.cause == .refused && marker.reason == "HTTP 500 internal: broken")
        #expect(await bench.source.requests.count == 10)
    }

    @Test func `pages that are too large are made smaller, from the first one on`() async throws {
        let bench = try Self.bench { request, _ throws(FetchFailure) in
            if request.size > 60, request.number == 2 { throw .tooLarge(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.size) == [100, 100] + Array(repeating: 50, count: 5 + 4))
        #expect(bench.store.part(of: bench.shard.id)?.proof.distinct == 250)
    }
}
