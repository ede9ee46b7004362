import Glibc
import Testing
import TrawlCore

@testable import TrawlStore

private let records = (1...6).map {
    TestRecord(id: "id-\($0)", start: Int64($0) * 1000, end: Int64($0) * 2000, note: $0)
}
private let shard = ShardID(Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-05T00:00:00Z")!)!)

/// What an attempt that ended in the middle leaves to the next one.
struct WalkJournalTests {
    /// Three pages, the second without records, of an attempt that went no further.
    private static func leave(_ run: TestRun, token: String = "1:1:dead", pages: Int = 3) throws {
        let writer = try run.store.beginPart(of: shard, token: LeaseToken(token))
        let contents = [Array(records[0..<2]), [], Array(records[2..<5])]
        for (index, content) in contents.prefix(pages).enumerated() {
            try writer.append(
                page(content), testNote(index + 1, fetched: Int64(index + 10), total: 5, cursor: "c\(index)/="))
        }
        writer.suspend()
    }

    @Test(arguments: Compression.allCases, Compression.allCases)
    func `a later attempt begins with the pages of an earlier one, and its part is whole`(
        before: Compression, after: Compression
    ) throws {
        let run = try TestRun(compression: before)
        try Self.leave(run)
        var store = run.store
        store.compression = after
        let walk = try #require(try store.recordedWalk(of: shard))
        #expect(walk.pages.map(\.note.number) == [1, 2, 3] && walk.pages.map(\.note.requests) == [1, 2, 3])
        #expect(
            walk.pages.map(\.entries) == [page(Array(records[0..<2])).entries, [], page(Array(records[2..<5])).entries])
        let first = walk.pages[0].note.page(walk.pages[0].entries)
        #expect(first.total == 5 && first.cursor == Cursor(Array("c0/=".utf8)) && first.records.entries.count == 2)
        #expect(first.digest == Digest128(high: .max, low: 1))

        let writer = try store.beginPart(of: shard, token: LeaseToken("2:1:next"), continuing: walk)
        try writer.append(page([records[5]]), testNote(4, fetched: 99))
        let finished = try writer.close()
        #expect(finished.lines == 6 && finished.lastSlot == 99)
        #expect(finished.lineBytes == records.reduce(0) { $0 + $1.line.count })
        let outcome = PartOutcome(
            token: LeaseToken("2:1:next"), part: finished.part, index: finished.index, lines: 6,
            lineBytes: finished.lineBytes, requests: 4,
            proof: WalkProof(
                verdict: .proven, end: .shortPage, firstHits: 6, lastHits: 6, records: 6, distinct: 6, rejected: 0,
                pages: 4, walks: 1, repeatedPages: 0))
        let reader = try PartReader(root: run.root, outcome: outcome)
        var lines: [UInt8] = []
        var pages: [Int] = []
        while try reader.next() {
            lines += Array(reader.bytes)
            pages.append(reader.index.block.page)
        }
        #expect(lines == records.flatMap(\.line) && pages == [1, 3, 4])
        // The outcome leaves nothing of either attempt but the part that it names.
        _ = try store.commit(.part(outcome), for: shard)
        #expect(Disk.names("\(run.root)/walks").isEmpty)
        #expect(Disk.names("\(run.root)/parts").count == 2)
        var verify = Verify(store: store)
        #expect(verify.run().findings.isEmpty)
    }

    @Test func `pages of any size are gone on from`() throws {
        let run = try TestRun(compression: .none)
        let writer = try run.store.beginPart(of: shard, token: LeaseToken("1:1:dead"))
        // Small, then far larger than what the reader had room for.
        let sizes = [10, 3_000_000, 10, 20_000_000]
        for (index, size) in sizes.enumerated() {
            let record = TestRecord(id: "\(index)" + String(repeating: "x", count: size), start: 1)
            try writer.append(page([record]), testNote(index + 1))
        }
        writer.suspend()
        let walk = try #require(try run.store.recordedWalk(of: shard))
        #expect(walk.pages.map { Int($0.entries[0].idLength) } == sizes.map { $0 + 1 })
        let next = try run.store.beginPart(of: shard, token: LeaseToken("1:2:next"), continuing: walk)
        #expect(try next.close().lines == 4)
    }

    @Test func `of several attempts the one that came furthest is gone on from`() throws {
        let run = try TestRun()
        try Self.leave(run, token: "1:1:a", pages: 1)
        try Self.leave(run, token: "1:2:b", pages: 3)
        try Self.leave(run, token: "1:3:c", pages: 2)
        #expect(try run.store.recordedWalk(of: shard)?.attempt == "\(shard).1_2_b")
    }

    @Test func `an attempt without a page leaves nothing`() throws {
        let run = try TestRun()
        try run.store.beginPart(of: shard, token: LeaseToken("1:1:a")).suspend()
        #expect(Disk.names("\(run.root)/parts").isEmpty && Disk.names("\(run.root)/walks").isEmpty)
        #expect(try run.store.recordedWalk(of: shard) == nil)
    }

    /// Every way in which a machine that lost its power may leave the three files: each cut short at every byte.
    @Test(arguments: Compression.allCases)
    func `a torn tail is cut at the last page that is whole`(compression: Compression) throws {
        let run = try TestRun(compression: compression)
        try Self.leave(run)
        let attempt = "\(shard).1_1_dead"
        let whole = try #require(try run.store.recordedWalk(of: shard)).pages.map(\.note)
        for name in ["walks/\(attempt).ndjson", "parts/\(attempt).\(compression.suffix)", "parts/\(attempt).index"] {
            let path = "\(run.root)/\(name)"
            let bytes = try #require(Disk.read(path))
            var lengths: Set<Int> = []
            for length in 0..<bytes.count {
                Disk.write(path, Array(bytes[..<length]))
                let pages = try run.store.recordedWalk(of: shard)?.pages ?? []
                #expect(pages.map(\.note) == Array(whole.prefix(pages.count)), "\(name) at \(length)")
                lengths.insert(pages.count)
                guard let walk = try run.store.recordedWalk(of: shard) else { continue }
                let writer = try run.store.beginPart(
                    of: shard, token: LeaseToken("2:\(length):x"), continuing: walk)
                writer.discard()
            }
            #expect(lengths.isSuperset(of: [0, 2]), "\(name)")
            Disk.write(path, bytes)
        }
        #expect(try run.store.recordedWalk(of: shard)?.pages.count == 3)
    }

    @Test(arguments: Compression.allCases)
    func `bytes that are not those that were recorded are not gone on from`(compression: Compression) throws {
        let run = try TestRun(compression: compression)
        try Self.leave(run)
        for name in ["parts/\(shard).1_1_dead.\(compression.suffix)", "parts/\(shard).1_1_dead.index"] {
            let path = "\(run.root)/\(name)"
            let bytes = try #require(Disk.read(path))
            for position in stride(from: 0, to: bytes.count, by: 3) {
                var changed = bytes
                changed[position] ^= 0x40
                Disk.write(path, changed)
                #expect(try run.store.recordedWalk(of: shard)?.pages.count ?? 0 < 3, "\(name) at \(position)")
            }
            Disk.write(path, bytes)
        }
    }

    @Test func `a walk is continued where its total rests or its job is the same`() throws {
        let jobs = try #require(EndpointProfile.builtIn(named: "details-jobs"))
        let cursor = try #require(EndpointProfile.builtIn(named: "details-query-cursor"))
        func walk(_ totals: [Int?], walk: Int = 1, size: Int = 100, job: String? = nil) -> RecordedWalk {
            RecordedWalk(
                attempt: "a",
                pages: totals.enumerated().map { index, total in
                    var note = testNote(index + 1, walk: walk, total: total)
                    note.size = size
                    note.job = job
                    return RecordedWalk.RecordedPage(note: note, entries: [])
                })
        }
        #expect(walk([5, 5]).canBeContinued(by: .detailsQuery, job: nil))
        #expect(!walk([5, 6]).canBeContinued(by: .detailsQuery, job: nil))
        #expect(!walk([5, nil]).canBeContinued(by: .detailsQuery, job: nil))
        #expect(!walk([nil, nil]).canBeContinued(by: cursor, job: nil))
        #expect(!walk([5, 5], walk: 2).canBeContinued(by: .detailsQuery, job: nil))
        #expect(!walk([5, 5], size: 500).canBeContinued(by: .detailsQuery, job: nil))
        #expect(!walk([]).canBeContinued(by: .detailsQuery, job: nil))
        #expect(walk([nil], job: "j").canBeContinued(by: jobs, job: JobID("j")))
        #expect(!walk([nil], job: "j").canBeContinued(by: jobs, job: JobID("k")))
        #expect(!walk([nil], job: "j").canBeContinued(by: jobs, job: nil))
    }
}
