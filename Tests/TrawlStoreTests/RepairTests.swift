import Testing
import TrawlCore

@testable import TrawlStore

/// A repair puts aside exactly what is wrong, once.
struct RepairTests {
    private static func whole() throws -> TestRun {
        let run = try TestRun(cuts: 3)
        for (number, shard) in run.store.plan.roots.enumerated() {
            let record = TestRecord(id: "id-\(number)", start: shard.interval.from.milliseconds, end: nil)
            try run.fetch(shard, [TestPage(records: [record], fetched: Int64(number + 1))])
        }
        _ = try run.merge(MergeOptions())
        return run
    }

    private static func plan(_ run: TestRun, named: [ShardID] = []) throws -> RepairPlan {
        var verify = Verify(store: run.store)
        return try Repair(store: run.store).plan(verify.run(), named: named)
    }

    private static func repair(_ run: TestRun, named: [ShardID] = []) throws -> String? {
        let repair = Repair(store: run.store)
        let locks = try repair.lock()
        defer { withExtendedLifetime(locks) {} }
        return try repair.apply(plan(run, named: named))
    }

    @Test func `a whole store needs no repair`() throws {
        let run = try Self.whole()
        let before = Disk.tree(run.root)
        #expect(try Self.plan(run).isEmpty)
        #expect(try Self.repair(run) == nil)
        #expect(Disk.tree(run.root).filter { !$0.key.hasPrefix(".") } == before.filter { !$0.key.hasPrefix(".") })
    }

    @Test(arguments: ["parts/S.1_1_abc.ndjson.zst", "parts/S.1_1_abc.index", "out/S.json"], [true, false])
    func `a file of a shard that is damaged or missing has that shard fetched again`(
        file: String, isMissing: Bool
    ) throws {
        let run = try Self.whole()
        let shard = run.store.plan.roots[1]
        let path = "\(run.root)/\(file.replacing("S", with: shard.text))"
        if isMissing { Disk.removeTree(path) } else { Disk.write(path, [1, 2, 3]) }
        let before = Disk.tree(run.root)
        let plan = try Self.plan(run)
        // Without an outcome, a shard is owed already and its part is nobody's.
        guard file != "out/S.json" || !isMissing else {
            #expect(plan.isEmpty)
            return
        }
        #expect(plan.shards == [shard] && plan.needsMerge && plan.persons.isEmpty)
        #expect(plan.steps.count == 2 && plan.steps[0].files.last == "out/\(shard).json")
        #expect(Disk.tree(run.root) == before, "planning changes nothing")

        #expect(try Self.repair(run) == "repair/1")
        let after = Disk.tree(run.root)
        let moved = plan.steps.flatMap(\.files)
        for name in moved {
            #expect(after[name] == nil && after["repair/1/\(name)"] == before[name], "\(name)")
        }
        let others = before.filter { !moved.contains($0.key) && !$0.key.hasPrefix(".") }
        for (name, content) in others { #expect(after[name] == content, "\(name)") }
        let ledger = try run.store.ledger()
        #expect(ledger.owed.map(\.id) == [shard] && ledger.parts.count == 2)

        // Again, there is nothing left to do.
        #expect(try Self.plan(run).isEmpty)
        #expect(try Self.repair(run) == nil)
        #expect(!Disk.exists("\(run.root)/repair/2"))
        try run.fetch(shard, [], token: "2:1:abc")
        _ = try run.merge(MergeOptions())
        var verify = Verify(store: run.store)
        #expect(verify.run().verdict == .verified)
    }

    @Test(arguments: ["merged", "manifest.json", "_SUCCESS", "open-ids.ndjson"])
    func `a result that is wrong over good parts is only merged again`(name: String) throws {
        let run = try Self.whole()
        let path = name == "merged" ? "\(run.root)/\(run.merged.keys.sorted()[0])" : "\(run.root)/\(name)"
        Disk.write(name == "merged" ? "\(run.root)/merged/\(run.merged.keys.sorted()[0])" : path, [7])
        let plan = try Self.plan(run)
        #expect(plan.shards.isEmpty && plan.needsMerge && plan.steps.flatMap(\.files) == ["_SUCCESS"])
        #expect(try Self.repair(run) == "repair/1")
        #expect(!run.store.hasSuccess)
        _ = try run.merge(MergeOptions())
        #expect(try Self.plan(run).isEmpty && run.store.hasSuccess)
    }

    @Test func `unproven shards are fetched again, and splits with all below them`() throws {
        let run = try TestRun(cuts: 2)
        let roots = run.store.plan.roots
        try run.fetch(roots[0], [], verdict: .drifted)
        let halves = roots[1].interval.cut(into: 2).map(ShardID.init)
        _ = try run.store.commit(
            .split(SplitOutcome(token: LeaseToken("1:1:a"), children: halves, hits: 1, requests: 1)), for: roots[1])
        for half in halves { try run.fetch(half, []) }
        #expect(try Self.plan(run).shards == (roots + halves).sorted())
        _ = try Self.repair(run)
        #expect(try run.store.ledger().owed.map(\.id) == roots)
    }

    @Test func `a damaged split has its shard cut again, and keeps what lies below`() throws {
        let run = try TestRun()
        let root = run.store.plan.roots[0]
        let pieces = root.interval.cut(into: 3).map(ShardID.init)
        _ = try run.store.commit(
            .split(SplitOutcome(token: LeaseToken("1:1:a"), children: [pieces[0], pieces[2]], hits: 0, requests: 1)),
            for: root)
        for piece in pieces { try run.fetch(piece, []) }
        let plan = try Self.plan(run)
        #expect(plan.shards == [root] && plan.steps.map(\.files) == [["out/\(root).json"]])
        _ = try Self.repair(run)
        _ = try run.store.commit(
            .split(SplitOutcome(token: LeaseToken("2:1:a"), children: pieces, hits: 0, requests: 1)), for: root)
        #expect(try run.store.ledger().isComplete)
    }

    @Test(arguments: ["dead", "skipped"])
    func `an unreadable death is put aside, and its shard tried once more`(folder: String) throws {
        let run = try TestRun()
        let root = run.store.plan.roots[0]
        let marker = DeadMarker(cause: .refused, reason: "HTTP 400", attempts: 1, reclaims: 0, requests: 1)
        try run.store.markDead(marker, shard: root)
        try run.store.skip(root, SkipMarker(reason: "lost", at: Instant("2026-01-02T03:04:05Z")!))
        Disk.write("\(run.root)/\(folder)/\(root).1.json", [1])
        let plan = try Self.plan(run)
        #expect(plan.steps.map(\.remedy) == [.retry] && plan.shards == [root])
        _ = try Self.repair(run)
        #expect(try run.store.ledger().owed.map(\.id) == [root])
        // The old skip must not be about the next death.
        try run.store.markDead(marker, shard: root)
        #expect(try run.store.ledger().dead.count == 1)
    }

    @Test func `a shard that verifies is fetched again when it is named`() throws {
        let run = try Self.whole()
        let shard = run.store.plan.roots[2]
        #expect(try Self.repair(run, named: [shard]) == "repair/1")
        #expect(try run.store.ledger().owed.map(\.id) == [shard] && !run.store.hasSuccess)
    }

    @Test func `a second repair has a folder of its own`() throws {
        let run = try Self.whole()
        for (number, shard) in run.store.plan.roots[..<2].enumerated() {
            #expect(try Self.repair(run, named: [shard]) == "repair/\(number + 1)")
        }
        #expect(try run.store.ledger().owed.count == 2)
    }

    @Test func `a store in use is left alone`() throws {
        let run = try Self.whole()
        let worker = try run.store.join()
        #expect(throws: StoreError.self) { try Repair(store: run.store).lock() }
        withExtendedLifetime(worker) {}
        let other = try run.store.lock()
        #expect(throws: StoreError.self) { try Repair(store: run.store).lock() }
        withExtendedLifetime(other) {}
    }

    @Test func `plan roots that do not make up the interval are for a person`() throws {
        let interval = Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-03T00:00:00Z")!)!
        let scratch = Scratch()
        let store = try DirectoryStore.create(
            path: scratch.path + "/run",
            plan: testPlan(PlanRequest(interval: interval), roots: [ShardID(interval.cut(into: 2)[0])]))
        var verify = Verify(store: store)
        let plan = try Repair(store: store).plan(verify.run())
        #expect(plan.steps.isEmpty && plan.persons.count == 1)
    }
}
