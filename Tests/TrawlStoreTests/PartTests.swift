import Glibc
import Testing
import TrawlCore

@testable import TrawlStore

private let records = (1...5).map {
    TestRecord(id: "id-\($0)", start: Int64($0) * 1000, end: Int64($0) * 2000, note: $0)
}
private let shard = ShardID(Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-05T00:00:00Z")!)!)

struct PartTests {
    @Test(arguments: Compression.allCases)
    func `pages come back as they were appended`(compression: Compression) throws {
        let run = try TestRun(compression: compression)
        let first = TestRecord(id: "é\"", start: -5, end: nil, segments: 77, isEscaped: true)
        let second = TestRecord(id: "", start: 0, note: 3, rejection: .nullID)
        let outcome = try run.fetch(
            shard,
            [
                TestPage(records: [first, second], fetched: 1_700_000_000_000_001, number: 1, walk: 1),
                TestPage(records: [], fetched: 2, number: 2, walk: 1),
                TestPage(records: records, fetched: 3, number: 40_000, walk: 5),
            ])
        let reader = try PartReader(root: run.root, outcome: outcome)
        #expect(reader.index.compression == compression)
        #expect(try reader.next())
        #expect(Array(reader.bytes) == first.line + second.line)
        #expect(reader.index.block.page == 1 && reader.index.block.fetched == 1_700_000_000_000_001)
        #expect((0..<2).map { reader.index.entry($0) } == page([first, second]).entries)
        #expect(try reader.next())
        #expect(Array(reader.bytes) == records.flatMap(\.line))
        #expect(reader.index.block.page == 40_000 && reader.index.block.walk == 5)
        #expect((0..<5).map { reader.index.entry($0) } == page(records).entries)
        #expect(try !reader.next())
        #expect(outcome.lines == 7)
        #expect(outcome.part.path == "parts/\(shard).1_1_abc.\(compression.suffix)")
    }

    @Test func `a part without records is whole`() throws {
        let run = try TestRun()
        let outcome = try run.fetch(shard, [])
        #expect(outcome.lines == 0 && outcome.part.bytes == 0)
        #expect(try !PartReader(root: run.root, outcome: outcome).next())
    }

    @Test func `a part is never written twice`() throws {
        let run = try TestRun()
        try run.fetch(shard, [])
        #expect(throws: StoreError.self) { try run.store.beginPart(of: shard, token: LeaseToken("1:1:abc")) }
    }

    @Test func `a discarded part leaves nothing`() throws {
        let run = try TestRun()
        let writer = try run.store.beginPart(of: shard, token: LeaseToken("1:1:x"))
        try writer.append(page(records), testNote())
        #expect(Disk.names("\(run.root)/parts").count == 2 && Disk.names("\(run.root)/walks").count == 1)
        writer.discard()
        #expect(Disk.names("\(run.root)/parts").isEmpty && Disk.names("\(run.root)/walks").isEmpty)
    }

    @Test func `an appended page is in the kernel's hands before the part is closed`() throws {
        let run = try TestRun(compression: .none)
        let writer = try run.store.beginPart(of: shard, token: LeaseToken("1:1:x"))
        try writer.append(page(records), testNote())
        #expect(Disk.read("\(run.root)/parts/\(shard).1_1_x.ndjson") == records.flatMap(\.line))
        #expect(Disk.read("\(run.root)/parts/\(shard).1_1_x.index")?.count == 16 + 48 + 5 * 64)
    }

    @Test(arguments: Compression.allCases)
    func `no flipped byte of a part or an index goes unseen`(compression: Compression) throws {
        let run = try TestRun(compression: compression)
        let outcome = try run.fetch(
            shard, [TestPage(records: records, fetched: 1), TestPage(records: records, fetched: 2)])
        for file in [outcome.part, outcome.index] {
            let path = "\(run.root)/\(file.path)"
            for offset in stride(from: 0, to: file.bytes, by: 7) {
                Disk.flip(path, at: offset)
                let error = #expect(throws: StoreError.self) {
                    let reader = try PartReader(root: run.root, outcome: outcome)
                    while try reader.next() {}
                }
                guard case .damaged = error else {
                    Issue.record("\(path) at \(offset): \(String(describing: error))")
                    continue
                }
                Disk.flip(path, at: offset)
            }
        }
    }

    @Test(arguments: Compression.allCases)
    func `no cut of a part or an index goes unseen`(compression: Compression) throws {
        let run = try TestRun(compression: compression)
        let outcome = try run.fetch(
            shard, [TestPage(records: records, fetched: 1), TestPage(records: records, fetched: 2)])
        for file in [outcome.part, outcome.index] {
            let path = "\(run.root)/\(file.path)"
            let whole = try #require(Disk.read(path))
            for length in 0..<whole.count {
                Disk.write(path, Array(whole[..<length]))
                #expect(throws: StoreError.self) {
                    let reader = try PartReader(root: run.root, outcome: outcome)
                    while try reader.next() {}
                }
            }
            Disk.write(path, whole + [0])
            #expect(throws: StoreError.self) {
                let reader = try PartReader(root: run.root, outcome: outcome)
                while try reader.next() {}
            }
            Disk.write(path, whole)
        }
    }

    @Test func `a file system that is full is told apart from a broken one`() async {
        // The limit is the process's, so it is set in a process of its own.
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let run = try TestRun(compression: .none)
            let writer = try run.store.beginPart(of: shard, token: LeaseToken("1:1:x"))
            var limit = rlimit(rlim_cur: 100, rlim_max: 100)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            for _ in 0..<2 {
                let error = #expect(throws: StoreError.self) {
                    try writer.append(page(records), testNote())
                }
                guard case .full(let path, _) = error else { preconditionFailure("not told as full: \(error as Any)") }
                precondition(path.hasSuffix(".ndjson"))
            }
            let closing = #expect(throws: StoreError.self) { try writer.close() }
            precondition(closing != nil)
        }
    }

    @Test func `a digest is the known one and starts over`() {
        var digest = SHA256()
        for byte in Array("abc".utf8) { withUnsafeBytes(of: byte) { digest.update($0) } }
        #expect(digest.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digest.finish() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
