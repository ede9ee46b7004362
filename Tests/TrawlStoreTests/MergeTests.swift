import Glibc
import Testing
import TrawlCore

@testable import TrawlStore

private let day = ms("2024-01-01T00:00:00Z")

private func record(_ id: String, _ offset: Int64 = 1000, end: Int64? = 5000, note: Int = 0) -> TestRecord {
    TestRecord(id: id, start: day + offset, end: end.map { day + $0 }, note: note)
}

private func text(_ records: [TestRecord]) -> String { String(decoding: records.flatMap(\.line), as: UTF8.self) }

struct MergeTests {
    @Test func `equal starts are ordered by the bytes of the decoded ids`() throws {
        let run = try TestRun()
        var escaped = record("same-prefix-b")
        escaped.isEscaped = true
        let quote = TestRecord(id: "\"", start: day + 1000, end: day + 5000, isEscaped: true)
        let records = [
            quote, record("same-pre"), record("same-prefix-"), record("same-prefix-a"), escaped,
            record("same-prefix-c"),
            record("é"), record("\u{10FFFF}"),
        ]
        try run.fetch(run.store.plan.roots[0], [TestPage(records: records.reversed(), fetched: 1)])
        _ = try run.merge()
        #expect(run.mergedText == text(records))
    }

    @Test func `an id is the same however it is escaped`() throws {
        let run = try TestRun()
        let plainID = record("abc", note: 1)
        var escaped = record("abc", note: 2)
        escaped.isEscaped = true
        try run.fetch(
            run.store.plan.roots[0],
            [TestPage(records: [escaped], fetched: 1, number: 1), TestPage(records: [plainID], fetched: 2, number: 2)])
        let manifest = try run.merge()
        #expect(run.mergedText == text([plainID]))
        #expect(manifest.totals.duplicates.drift == 1)
        let shard = run.store.plan.roots[0].text
        #expect(
            run.text("duplicates.ndjson")
                == "{\"conversationId\":\"\\u0061bc\",\"shard\":\"\(shard)\",\"page\":1,\"reason\":\"drift\","
                + "\"keptShard\":\"\(shard)\"}\n")
    }

    @Test func `ids that differ in case or Unicode form are different`() throws {
        let run = try TestRun()
        let records = [record("A"), record("a"), record("e\u{301}"), record("\u{E9}")]
        try run.fetch(run.store.plan.roots[0], [TestPage(records: records, fetched: 1)])
        #expect(try run.merge().totals.records == 4)
    }

    @Test func `the better version wins wherever it comes from`() throws {
        let open = record("a", end: nil)
        let early = record("a", end: 2000)
        let late = record("a", end: 3000)
        var rich = late
        rich.segments = 9
        let ladder = [open, early, late, rich]
        for (worse, better) in zip(ladder, ladder.dropFirst()) {
            for swapped in [false, true] {
                let run = try TestRun(cuts: 2)
                let roots = run.store.plan.roots
                // The worse version was fetched last: fetch time must not matter before content does.
                try run.fetch(roots[swapped ? 1 : 0], [TestPage(records: [better], fetched: 1)])
                try run.fetch(roots[swapped ? 0 : 1], [TestPage(records: [worse], fetched: 2)])
                #expect(try run.merge().totals.duplicates.boundary == 1)
                #expect(run.mergedText == text([better]))
                #expect(
                    run.text("duplicates.ndjson").contains(
                        "\"reason\":\"boundary\",\"keptShard\":\"\(roots[swapped ? 1 : 0])\""))
            }
        }
    }

    @Test func `of equal versions the later fetched one wins, within a page the one with greater bytes`() throws {
        let run = try TestRun(cuts: 2)
        let roots = run.store.plan.roots
        try run.fetch(
            roots[0],
            [TestPage(records: [record("a", note: 9), record("b", note: 1), record("b", note: 8)], fetched: 20)])
        try run.fetch(roots[1], [TestPage(records: [record("a", note: 1)], fetched: 30)])
        _ = try run.merge()
        #expect(run.mergedText == text([record("a", note: 1), record("b", note: 8)]))
    }

    @Test func `a conversation is filed under its civil day, daylight saving included`() throws {
        let run = try TestRun(from: "2024-03-30T00:00:00Z", to: "2024-04-02T00:00:00Z", timezone: "Europe/Berlin")
        let times = [
            ("2024-03-30T22:59:59.999Z", "2024-03-30"), ("2024-03-30T23:00:00Z", "2024-03-31"),
            // The day has 23 hours: it ends at 22:00 UTC.
            ("2024-03-31T21:59:59.999Z", "2024-03-31"), ("2024-03-31T22:00:00Z", "2024-04-01"),
        ]
        let records = times.enumerated().map {
            TestRecord(id: "\($0.offset)", start: ms($0.element.0), end: ms($0.element.0))
        }
        try run.fetch(run.store.plan.roots[0], [TestPage(records: records, fetched: 1)])
        _ = try run.merge()
        #expect(
            run.merged == [
                "date=2024-03-30/part-00000.ndjson": records[0].line,
                "date=2024-03-31/part-00000.ndjson": records[1].line + records[2].line,
                "date=2024-04-01/part-00000.ndjson": records[3].line,
            ])
    }

    @Test func `starts outside the interval are counted, or kept where the run says so`() throws {
        let inside = record("in", 0)
        let before = record("before", -1)
        let after = TestRecord(id: "after", start: ms("2024-01-05T00:00:00Z"), end: nil)
        for (match, kept, outside) in [(Match.started, [inside], 2), (.overlap, [before, inside, after], 0)] {
            let run = try TestRun(match: match)
            try run.fetch(run.store.plan.roots[0], [TestPage(records: [after, inside, before], fetched: 1)])
            let totals = try run.merge().totals
            #expect(run.mergedText == text(kept))
            #expect(totals.outside == outside)
        }
    }

    @Test(arguments: Rejection.allCases)
    func `a record that cannot be merged is kept aside once with its reason, and fails the verdict`(
        rejection: Rejection
    ) throws {
        let run = try TestRun()
        let odd = TestRecord(id: "", start: 0, note: 4, rejection: rejection)
        try run.fetch(run.store.plan.roots[0], [TestPage(records: [odd, record("a"), odd], fetched: 1)])
        let manifest = try run.merge()
        #expect(manifest.verdict == .rejected)
        #expect(manifest.totals.rejected == 1 && manifest.totals.rejectedAgain == 1)
        let line = String(decoding: odd.line.dropLast(), as: UTF8.self)
        #expect(
            run.text("rejected.ndjson")
                == "{\"reason\":\"\(rejection)\",\"shard\":\"\(run.store.plan.roots[0])\",\"record\":\(line)}\n")
        #expect(!run.store.hasSuccess)
    }

    @Test func `only a complete run gets _SUCCESS, and it vouches for the manifest`() throws {
        let run = try TestRun(cuts: 2)
        let roots = run.store.plan.roots
        try run.fetch(roots[0], [TestPage(records: [record("a")], fetched: 1)])
        #expect(throws: IncompleteRun(owed: 1, dead: 0)) { try run.merge() }
        #expect(run.text("manifest.json").isEmpty)

        var gaps = plain
        gaps.allowGaps = true
        let partial = try run.merge(gaps)
        #expect(partial.verdict == .gaps && partial.gaps == [roots[1]])
        #expect(!run.store.hasSuccess)

        try run.fetch(roots[1], [TestPage(records: [record("b")], fetched: 2)])
        #expect(try run.merge().verdict == .complete)
        #expect(run.store.hasSuccess)
        #expect(run.text("_SUCCESS").count == 65)
        var verify = Verify(store: run.store)
        #expect(verify.run().verdict == .verified)
        #expect(run.mergedText == text([record("a"), record("b")]))
    }

    @Test func `a run merges without what is skipped, and says what and why`() throws {
        let run = try TestRun(cuts: 3)
        let shards = run.store.plan.roots
        try run.fetch(shards[0], [TestPage(records: [record("a")], fetched: 1)])
        let marker = DeadMarker(cause: .refused, reason: "HTTP 400", attempts: 1, reclaims: 0, requests: 1)
        for shard in shards[1...] { try run.store.markDead(marker, shard: shard) }
        let skip = SkipMarker(reason: "lost", at: Instant("2026-01-02T03:04:05Z")!)
        try run.store.skip(shards[1], skip)
        #expect(throws: IncompleteRun(owed: 0, dead: 1)) { try run.merge() }
        var gaps = plain
        gaps.allowGaps = true
        #expect(try run.merge(gaps).gaps == Array(shards[1...]))
        try run.store.skip(shards[2], skip)
        let manifest = try run.merge()
        #expect(manifest.verdict == .gaps && manifest.gaps == Array(shards[1...]) && manifest.totals.records == 1)
        let skipped = Manifest.Skipped(
            shard: shards[1], cause: .refused, failure: "HTTP 400", reason: "lost", at: skip.at)
        #expect(manifest.skipped?.first == skipped && manifest.skipped?.count == 2)
        #expect(!run.store.hasSuccess)
        #expect(try run.store.manifest() == manifest)
        // Fetched after all, it is complete.
        for shard in shards[1...] {
            try run.store.requeue(shard)
            try run.fetch(shard, [])
        }
        let complete = try run.merge()
        #expect(complete.verdict == .complete && complete.gaps.isEmpty && complete.skipped == nil)
        #expect(run.store.hasSuccess && !run.text("manifest.json").contains("skipped"))
    }

    @Test func `an unproven shard is merged and labelled`() throws {
        let run = try TestRun()
        try run.fetch(run.store.plan.roots[0], [TestPage(records: [record("a")], fetched: 1)], verdict: .short)
        let manifest = try run.merge()
        #expect(manifest.verdict == .unproven && manifest.totals.records == 1)
        #expect(manifest.shards.map(\.proof.verdict) == [.short])
        #expect(!run.store.hasSuccess)
    }

    @Test func `merging again gives the same, also over what a crash left`() throws {
        let run = try TestRun()
        try run.fetch(run.store.plan.roots[0], [TestPage(records: [record("a"), record("b", end: nil)], fetched: 1)])
        let first = try run.merge()
        let files = Disk.tree(run.root)
        // As if an earlier merge had died in the middle of its work.
        try TestRunLeftovers.make(in: run.root)
        #expect(try run.merge() == first)
        #expect(Disk.tree(run.root) == files)
    }

    @Test(arguments: ["_SUCCESS", "manifest.json", "merged", "open-ids.ndjson"])
    func `a swap that stopped half way is healed by the next merge`(missing: String) throws {
        let run = try TestRun()
        try run.fetch(run.store.plan.roots[0], [TestPage(records: [record("a")], fetched: 1)])
        _ = try run.merge()
        let files = Disk.tree(run.root)
        for name in ["_SUCCESS", "manifest.json", "merged", "open-ids.ndjson"] {
            Disk.removeTree("\(run.root)/\(name)")
            if name == missing { break }
        }
        var verify = Verify(store: run.store)
        #expect(verify.run().verdict != .verified)
        _ = try run.merge()
        #expect(Disk.tree(run.root) == files)
    }

    @Test func `a swap that fails vouches for nothing`() throws {
        let run = try TestRun()
        try run.fetch(run.store.plan.roots[0], [TestPage(records: [record("a")], fetched: 1)])
        _ = try run.merge()
        let files = Disk.tree(run.root)
        // A directory in the place of a file is what a rename cannot replace.
        Disk.removeTree("\(run.root)/open-ids.ndjson")
        try Files.makeDirectory("\(run.root)/open-ids.ndjson")
        #expect(throws: StoreError.self) { try run.merge() }
        #expect(!run.store.hasSuccess && !Disk.exists("\(run.root)/manifest.json"))
        Disk.removeTree("\(run.root)/open-ids.ndjson")
        _ = try run.merge()
        #expect(Disk.tree(run.root) == files)
    }

    @Test func `a disk that fills up during the swap's build leaves the last result`() async {
        // The limit is the process's, so it is set in a process of its own.
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let run = try TestRun()
            let records = (0..<400).map { record("id-\($0)", Int64($0), note: $0) }
            try run.fetch(run.store.plan.roots[0], [TestPage(records: records, fetched: 1)])
            _ = try run.merge()
            let files = Disk.tree(run.root)
            var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let error = #expect(throws: StoreError.self) { try run.merge() }
            guard case .full = error else { preconditionFailure("not told as full: \(error as Any)") }
            precondition(run.store.hasSuccess)
            precondition(Disk.tree(run.root).filter { !$0.key.hasPrefix("merging/") } == files)
        }
    }

    @Test func `a run without a single record has a result`() throws {
        let run = try TestRun()
        try run.fetch(run.store.plan.roots[0], [])
        #expect(try run.merge().verdict == .complete)
        #expect(run.merged.isEmpty && Disk.exists("\(run.root)/merged"))
        var verify = Verify(store: run.store)
        #expect(verify.run().verdict == .verified)
    }

    @Test func `damage stops the merge and leaves the last result alone`() throws {
        let run = try TestRun()
        let outcome = try run.fetch(run.store.plan.roots[0], [TestPage(records: [record("a")], fetched: 1)])
        _ = try run.merge()
        let result = run.merged
        for file in [outcome.part, outcome.index] {
            Disk.flip("\(run.root)/\(file.path)", at: file.bytes - 3)
            let error = #expect(throws: StoreError.self) { try run.merge() }
            guard case .damaged(let path, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(path == "\(run.root)/\(file.path)")
            #expect(run.merged == result && run.store.hasSuccess)
            Disk.flip("\(run.root)/\(file.path)", at: file.bytes - 3)
        }
        #expect(try run.merge().verdict == .complete)
    }
}

private enum TestRunLeftovers {
    /// What a merge that was killed leaves behind.
    static func make(in root: String) throws {
        for folder in ["merging", "merging/merged", "merging/merged/date=2024-01-01", "merging/replaced"] {
            try Files.makeDirectory("\(root)/\(folder)")
        }
        Disk.write("\(root)/merging/merged/date=2024-01-01/part-00000.ndjson", [1, 2, 3])
        Disk.write("\(root)/merging/candidates", [1])
        Disk.write("\(root)/merging/manifest.json", [1])
    }
}
