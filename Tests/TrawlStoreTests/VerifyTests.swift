import Testing
import TrawlCore
import TrawlStore

private func merged() throws -> TestRun {
    let run = try TestRun(cuts: 2)
    for (number, shard) in run.store.plan.roots.enumerated() {
        let record = TestRecord(id: "id-\(number)", start: shard.interval.from.milliseconds, end: nil)
        try run.fetch(shard, [TestPage(records: [record], fetched: Int64(number + 1))])
    }
    _ = try run.merge(MergeOptions())
    return run
}

func verify(_ run: TestRun) -> VerifyReport {
    var verify = Verify(store: run.store)
    return verify.run()
}

struct VerifyTests {
    @Test func `a whole store is verified`() throws {
        let report = verify(try merged())
        #expect(report.verdict == .verified)
        #expect(report.lines == 2 && report.records == 2)
        #expect(report.files == 4 + 1 + 1 + 3)
    }

    @Test func `every damaged file is named`() throws {
        let run = try merged()
        let names = Disk.tree(run.root).keys.filter { name in
            name != "plan.json" && !name.hasPrefix(".") && !(Disk.read("\(run.root)/\(name)") ?? []).isEmpty
        }
        #expect(names.count >= 10)
        for name in names {
            let path = "\(run.root)/\(name)"
            let whole = Disk.read(path)!
            for damaged in [Array(whole.dropLast()), whole + [0x20], [whole[0] ^ 1] + whole.dropFirst()] {
                // Space after a JSON document is none of anybody's business; in what a digest covers it is.
                if name.hasPrefix("out/"), damaged.count > whole.count || damaged.count == whole.count - 1 { continue }
                Disk.write(path, damaged)
                let report = verify(run)
                #expect(report.verdict == .damaged, "\(name)")
                #expect(
                    report.findings.contains { $0.path == name || (name == "manifest.json" && $0.path == "_SUCCESS") },
                    "\(name): \(report.findings)")
            }
            Disk.write(path, whole)
        }
        #expect(verify(run).verdict == .verified)
    }

    @Test func `a result of other parts than the run has now is not the run's`() throws {
        let run = try merged()
        let ledger = try run.store.ledger()
        #expect(try run.store.standingResult(ledger) != nil)
        let shard = ledger.parts[0].shard
        Disk.removeTree("\(run.root)/out/\(shard.id).json")
        #expect(try run.store.standingResult(run.store.ledger()) == nil)
        // Fetched again, there is a record more.
        let records = ["id-0", "id-x"].map { TestRecord(id: $0, start: shard.interval.from.milliseconds, end: nil) }
        try run.fetch(shard.id, [TestPage(records: records, fetched: 9)], token: "2:1:abc")
        #expect(try run.store.standingResult(run.store.ledger()) == nil)
        let report = verify(run)
        #expect(report.verdict == .incomplete)
        #expect(report.notes == ["the result was merged from other parts than the run has now; merge again"])
        _ = try run.merge(MergeOptions())
        #expect(verify(run).verdict == .verified && verify(run).records == 3)
    }

    @Test(arguments: ["merged", "manifest.json", "_SUCCESS", "open-ids.ndjson"])
    func `a result that is not whole does not stand`(name: String) throws {
        let run = try merged()
        Disk.removeTree("\(run.root)/\(name)")
        #expect(try run.store.standingResult(run.store.ledger()) == nil)
    }

    @Test func `a file is no place for a store`() throws {
        let run = try merged()
        let path = "\(run.root)/manifest.json"
        let reason = StoreError.foreign(path: path, reason: "it is not a directory")
        #expect(throws: reason) { try DirectoryStore.create(path: path, plan: run.store.plan) }
        #expect(throws: reason) { try DirectoryStore.open(path: path) }
    }

    @Test func `a manifest that was changed does not stand`() throws {
        let run = try merged()
        let path = "\(run.root)/manifest.json"
        Disk.write(path, Disk.read(path)! + [0x0A])
        #expect(try run.store.standingResult(run.store.ledger()) == nil)
        Disk.write(path, Array("{}".utf8))
        Disk.write(
            "\(run.root)/_SUCCESS", Array("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n".utf8))
        #expect(try run.store.standingResult(run.store.ledger()) == nil)
    }

    @Test func `a missing file is named with what to do`() throws {
        let run = try merged()
        let shard = run.store.plan.roots[0]
        Disk.removeTree("\(run.root)/parts/\(shard).1_1_abc.index")
        let finding = try #require(verify(run).findings.first)
        #expect(finding.path == "parts/\(shard).1_1_abc.index")
        #expect(finding.advice == "'trawl repair' has the next run fetch this shard again")
        #expect(finding.remedy == .fetch && finding.shards == [shard] && finding.kind == .damaged)
    }

    @Test func `children that do not cover their parent are found`() throws {
        let run = try TestRun()
        let root = run.store.plan.roots[0]
        let pieces = root.interval.cut(into: 3).map(ShardID.init)
        _ = try run.store.commit(
            .split(SplitOutcome(token: LeaseToken("1:1:a"), children: [pieces[0], pieces[2]], hits: 5, requests: 1)),
            for: root)
        let report = verify(run)
        #expect(report.findings.map(\.what).contains { $0.contains("a gap between") })
        #expect(report.notes.contains("2 shards not fetched yet"))
        // Nobody owes what is in between, so all else could be fetched.
        for piece in [pieces[0], pieces[2]] { try run.fetch(piece, []) }
        #expect(try run.store.ledger().isComplete)
        #expect(throws: StoreError.self) { try run.merge() }
        #expect(!run.store.hasSuccess)
    }

    @Test func `a part that holds something else than its proof says is found`() throws {
        let run = try TestRun()
        let shard = run.store.plan.roots[0]
        let record = TestRecord(id: "a", start: shard.interval.from.milliseconds)
        let writer = try run.store.beginPart(of: shard, token: LeaseToken("1:1:a"))
        try writer.append(page([record, record]), testNote())
        let finished = try writer.close()
        let proof = WalkProof(
            verdict: .proven, end: .shortPage, firstHits: 2, lastHits: 2, records: 2, distinct: 2, rejected: 0,
            pages: 1,
            walks: 1, repeatedPages: 0)
        _ = try run.store.commit(
            .part(
                PartOutcome(
                    token: LeaseToken("1:1:a"), part: finished.part, index: finished.index, lines: 2,
                    lineBytes: finished.lineBytes, requests: 1, proof: proof)), for: shard)
        #expect(verify(run).findings.map(\.what) == ["the last walk has 1 distinct records; its proof says 2"])
    }

    @Test func `a run that is not merged is incomplete, not damaged`() throws {
        let run = try TestRun()
        let report = verify(run)
        #expect(report.verdict == .incomplete)
        #expect(report.notes == ["1 shard not fetched yet", "the run is not merged"])
    }

    @Test func `several unreadable outcomes are all named`() throws {
        let run = try TestRun(cuts: 3)
        for shard in run.store.plan.roots { try run.fetch(shard, []) }
        let bad = Array(run.store.plan.roots[..<2])
        for shard in bad { Disk.write("\(run.root)/out/\(shard).json", Array("{".utf8)) }
        let report = verify(run)
        #expect(report.findings.map(\.path) == bad.map { "out/\($0).json" })
        #expect(report.findings.map(\.shards) == bad.map { [$0] })
        #expect(report.findings.allSatisfy { $0.remedy == .fetch })
        // The third was checked all the same.
        #expect(report.files == 2)
    }
}
