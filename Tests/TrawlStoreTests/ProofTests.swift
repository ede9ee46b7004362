import Testing
import TrawlCore
import TrawlStore

/// What is intact, and still does not prove complete.
struct ProofTests {
    @Test func `an unproven shard is a finding of its own kind`() throws {
        let run = try TestRun(cuts: 2)
        let shards = run.store.plan.roots
        try run.fetch(shards[0], [], verdict: .short)
        try run.fetch(shards[1], [], verdict: .unverifiable)
        _ = try run.merge(MergeOptions())
        let report = verify(run)
        #expect(report.verdict == .unproven)
        #expect(report.findings.map(\.shards) == [[shards[0]]] && report.findings[0].kind == .unproven)
        #expect(report.findings[0].path == "out/\(shards[0]).json" && report.findings[0].remedy == .fetch)
    }

    /// A root cut in two: `shared` overlaps both halves, and each half has one of its own.
    private static func cut(hits: Int) throws -> TestRun {
        let run = try TestRun()
        let root = run.store.plan.roots[0]
        let halves = root.interval.cut(into: 2).map(ShardID.init)
        _ = try run.store.commit(
            .split(SplitOutcome(token: LeaseToken("1:1:a"), children: halves, hits: hits, requests: 1)), for: root)
        let from = root.interval.from.milliseconds
        for (number, half) in halves.enumerated() {
            let own = TestRecord(id: "own-\(number)", start: half.interval.from.milliseconds, end: nil)
            let shared = TestRecord(id: "shared", start: from, end: nil)
            try run.fetch(half, [TestPage(records: [own, shared], fetched: Int64(number + 1))])
        }
        _ = try run.merge(MergeOptions())
        return run
    }

    @Test(arguments: [0, 3, Int.max])
    func `a split whose shards hold the hits before it is proven`(hits: Int) throws {
        let report = verify(try Self.cut(hits: hits))
        #expect(report.verdict == .verified, "\(report.findings)")
        #expect(report.splits == (hits == .max ? 0 : 1))
    }

    @Test func `a split whose shards hold fewer conversations than were counted before it is unproven`() throws {
        // Their own hits add up to four, but one conversation is in both.
        let run = try Self.cut(hits: 4)
        // The merge says so too: exit 0 always means complete.
        let manifest = try #require(try run.store.manifest())
        #expect(manifest.verdict == .unproven && !run.store.hasSuccess)
        let short = try #require(manifest.shortSplits)
        #expect(short.map(\.shard) == run.store.plan.roots && short[0].hits == 4 && short[0].distinct == 3)
        let report = verify(run)
        #expect(report.verdict == .unproven)
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1 && finding.kind == .unproven)
        #expect(finding.what.contains("counted 4") && finding.what.contains("hold 3"))
        let root = run.store.plan.roots[0]
        #expect(Set(finding.shards) == Set([root] + root.interval.cut(into: 2).map(ShardID.init)))
    }

    @Test func `a split that is not all fetched is not held against its hits`() throws {
        let run = try Self.cut(hits: 4)
        let half = run.store.plan.roots[0].interval.cut(into: 2).map(ShardID.init)[1]
        Disk.removeTree("\(run.root)/out/\(half).json")
        let report = verify(run)
        #expect(report.verdict == .incomplete && report.splits == 0)
    }
}
