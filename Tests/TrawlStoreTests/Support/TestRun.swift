import TrawlCore
import TrawlStore

/// One fetched page of a test's run.
struct TestPage {
    var records: [TestRecord]
    /// Microseconds; unique in the run.
    var fetched: Int64
    var number = 1
    var walk = 1
}

/// A run in a store of its own, filled without an API.
struct TestRun {
    let scratch = Scratch()
    let store: DirectoryStore

    var root: String { store.root }

    init(
        from: String = "2024-01-01T00:00:00Z", to: String = "2024-01-05T00:00:00Z", match: Match = .started,
        timezone: String = "UTC", cuts: Int = 1, compression: Compression = .zstd
    ) throws {
        let interval = Interval(from: Instant(from)!, to: Instant(to)!)!
        let plan = testPlan(
            PlanRequest(interval: interval, match: match, timezone: timezone),
            roots: interval.cut(into: cuts).map(ShardID.init))
        store = try DirectoryStore.create(path: "\(scratch.path)/run", plan: plan, compression: compression)
    }

    /// Commits a part for the shard; its proof is what a walker would say of the last walk's pages.
    @discardableResult
    func fetch(
        _ shard: ShardID, _ pages: [TestPage], verdict: Verdict = .proven, token: String = "1:1:abc"
    ) throws -> PartOutcome {
        let writer = try store.beginPart(of: shard, token: LeaseToken(token))
        for item in pages {
            try writer.append(page(item.records), testNote(item.number, walk: item.walk, fetched: item.fetched))
        }
        let finished = try writer.close()
        let walks = pages.map(\.walk).max() ?? 1
        let last = pages.filter { $0.walk == walks }.flatMap { page($0.records).entries }
        let proof = WalkProof(
            verdict: verdict, end: .shortPage, firstHits: last.count, lastHits: last.count, records: last.count,
            distinct: Set(last.map(\.id)).count, rejected: Set(last.filter { $0.rejection != nil }.map(\.id)).count,
            pages: pages.count { $0.walk == walks }, walks: walks, repeatedPages: 0)
        let outcome = PartOutcome(
            token: LeaseToken(token), part: finished.part, index: finished.index, lines: finished.lines,
            lineBytes: finished.lineBytes, requests: pages.count, proof: proof)
        _ = try store.commit(.part(outcome), for: shard)
        return outcome
    }

    func merge(_ options: MergeOptions = plain) throws -> Manifest {
        try Merge(store: store, ledger: store.ledger(), options: options).run()
    }

    /// The merged files by path. Call it after a merge without compression to read them.
    var merged: [String: [UInt8]] { Disk.tree("\(root)/merged") }

    /// The merged lines of all files in the order of the files' names.
    var mergedText: String {
        String(decoding: merged.sorted { $0.key < $1.key }.flatMap(\.value), as: UTF8.self)
    }

    func text(_ name: String) -> String { String(decoding: Disk.read("\(root)/\(name)") ?? [], as: UTF8.self) }
}

/// What is noted of a page whose statements do not matter, or of one with this total.
func testNote(_ number: Int = 1, walk: Int = 1, fetched: Int64 = 1, total: Int? = nil, cursor: String? = nil)
    -> PageNote
{
    let page = Page(
        records: PageRecords(), total: total, cursor: cursor.map { Cursor(Array($0.utf8)) },
        digest: Digest128(high: .max, low: UInt64(number)), wireBytes: 0)
    return PageNote(page, number: number, walk: walk, size: 100, fetched: Slot(time: fetched), requests: number)
}

/// Options whose result can be read without a decompressor.
let plain: MergeOptions = {
    var options = MergeOptions()
    options.compression = .none
    return options
}()

func testPlan(_ request: PlanRequest, roots: [ShardID]? = nil, run: String = "r1") -> Plan {
    Plan(
        run: run, request: request, roots: roots ?? [ShardID(request.interval)], apiURL: "http://127.0.0.1:1",
        loginURL: "http://127.0.0.1:1", hash: planHash(of: request))
}

func ms(_ text: String) -> Int64 { Instant(text)!.milliseconds }
