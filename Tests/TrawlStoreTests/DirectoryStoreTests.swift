import Glibc
import Testing
import TrawlCore
import TrawlStore

private let interval = Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-03T00:00:00Z")!)!

private func outcome(_ token: String) -> Outcome {
    .split(
        SplitOutcome(token: LeaseToken(token), children: interval.cut(into: 2).map(ShardID.init), hits: 9, requests: 1))
}

/// The error a piece of code throws, as the text a user sees.
private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

struct DirectoryStoreTests {
    let scratch = Scratch()
    var path: String { "\(scratch.path)/deep/run" }

    @Test func `a store is created with its parents and closed to others`() throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        #expect(Disk.mode(path) == 0o700)
        #expect(Disk.mode("\(path)/parts") == 0o700)
        #expect(Disk.mode("\(path)/plan.json") == 0o600)
        #expect(try DirectoryStore.open(path: path).plan == store.plan)
        #expect(!store.hasSuccess)
    }

    @Test func `the plan that was there first stands`() throws {
        let request = PlanRequest(interval: interval)
        _ = try DirectoryStore.create(path: path, plan: testPlan(request, run: "first"))
        #expect(try DirectoryStore.create(path: path, plan: testPlan(request, run: "second")).plan.run == "first")
    }

    @Test func `another plan is refused by the options that differ`() throws {
        _ = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        let other = testPlan(PlanRequest(interval: interval, match: .overlap, timezone: "Europe/Berlin"))
        let text = message { _ = try DirectoryStore.create(path: path, plan: other) }
        #expect(
            text == "\(path): the directory holds another run: --match is started there and overlap here, "
                + "--timezone is UTC there and Europe/Berlin here")
    }

    @Test func `a directory with other content is refused and left alone`() throws {
        Disk.write("\(scratch.path)/letter.txt", [1])
        let text = message {
            _ = try DirectoryStore.create(path: scratch.path, plan: testPlan(PlanRequest(interval: interval)))
        }
        #expect(text.contains("is not empty and holds no trawl run (it has letter.txt)"))
        #expect(Disk.names(scratch.path) == ["letter.txt"])
    }

    @Test func `opening where no run lies says so`() {
        #expect(message { _ = try DirectoryStore.open(path: scratch.path) }.contains("no trawl run lies here"))
        #expect(message { _ = try DirectoryStore.open(path: path) }.contains("no such directory"))
    }

    @Test(arguments: ["", "{", "[]", "{\"schema\":1}"])
    func `a damaged plan is named`(content: String) throws {
        _ = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        Disk.write("\(path)/plan.json", Array(content.utf8))
        let text = message { _ = try DirectoryStore.open(path: path) }
        #expect(text.hasPrefix("\(path)/plan.json is damaged: ") && text.contains("backup"))
    }

    @Test func `a plan that was edited is damaged`() throws {
        _ = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        let text = String(decoding: Disk.read("\(path)/plan.json")!, as: UTF8.self)
        Disk.write("\(path)/plan.json", Array(text.replacing("\"UTC\"", with: "\"Asia/Tokyo\"").utf8))
        #expect(message { _ = try DirectoryStore.open(path: path) }.contains("does not match its hash"))
    }

    @Test func `the first outcome stands and everybody reads it`() throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        let shard = ShardID(interval)
        #expect(try store.outcome(of: shard) == nil)
        #expect(try store.commit(outcome("1:1:a"), for: shard) == outcome("1:1:a"))
        #expect(try store.commit(outcome("1:2:b"), for: shard) == outcome("1:1:a"))
        #expect(try store.outcome(of: shard) == outcome("1:1:a"))
        #expect(Disk.names("\(path)/out") == ["\(shard).json"])
    }

    @Test func `of many that commit at once one wins and all agree`() async throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        for shard in interval.cut(into: 40).map(ShardID.init) {
            let standing = try await withThrowingTaskGroup(of: (mine: LeaseToken, standing: LeaseToken).self) { group in
                for worker in 1...8 {
                    group.addTask {
                        let mine = outcome("1:\(worker):w")
                        return (mine.token, try store.commit(mine, for: shard).token)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(standing.map(\.standing)).count == 1)
            #expect(standing.count { $0.mine == $0.standing } == 1)
        }
        #expect(Disk.names("\(path)/out").count == 40)
    }

    @Test func `a damaged outcome is named with what to do`() throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        let shard = ShardID(interval)
        Disk.write("\(path)/out/\(shard).json", [])
        let text = message { _ = try store.outcome(of: shard) }
        #expect(
            text == "\(path)/out/\(shard).json is damaged: it is empty; "
                + "'trawl repair \(path) --apply' has the next run fetch it again")
    }

    @Test func `a second run on one directory is refused until the first is gone`() throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        var lock: DirectoryLock? = try store.lock()
        let text = message { _ = try store.lock() }
        #expect(text == "\(path): another trawl run (pid \(getpid())) is using this directory")
        withExtendedLifetime(lock) {}
        lock = nil
        lock = try store.lock()
        withExtendedLifetime(lock) {}
    }

    @Test func `every epoch has one owner and keeps the highest slot`() async throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        #expect(try store.epoch == 0)
        #expect(try store.highestSlot == 0)
        let epochs = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 1...8 { group.addTask { try store.bumpEpoch(highestSlot: Int64(worker)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(epochs.sorted() == Array(1...8))
        #expect(try store.bumpEpoch() == 9)
        #expect(try store.highestSlot == 8)
        #expect(try store.epoch == 9)
    }

    @Test func `the dead stay dead until they are requeued`() throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        let shard = ShardID(interval)
        let first = DeadMarker(cause: .attempts, reason: "HTTP 500", attempts: 8, reclaims: 0, requests: 9)
        let second = DeadMarker(cause: .refused, reason: "HTTP 400", attempts: 1, reclaims: 0, requests: 1)
        #expect(try !store.requeue(shard))
        try store.markDead(first, shard: shard)
        try store.markDead(second, shard: shard)
        #expect(try store.deadMarker(of: shard) == first)
        #expect(try store.ledger().dead.map(\.marker) == [first])
        #expect(try store.requeue(shard))
        #expect(try store.deadMarker(of: shard) == nil)
        #expect(try store.ledger().owed.map(\.id) == [shard])
        try store.markDead(second, shard: shard)
        #expect(try store.deadMarker(of: shard) == second)
    }

    @Test func `a dead shard is skipped until it is given another life`() throws {
        let store = try DirectoryStore.create(path: path, plan: testPlan(PlanRequest(interval: interval)))
        let shard = ShardID(interval)
        let marker = DeadMarker(cause: .attempts, reason: "HTTP 500", attempts: 8, reclaims: 0, requests: 9)
        let skip = SkipMarker(reason: "lost", at: Instant("2026-01-02T03:04:05Z")!)
        #expect(try !store.skip(shard, skip), "it is not dead")
        #expect(try store.skipMarker(of: shard) == nil && store.deaths(of: shard).isEmpty && !store.hasDied(shard))
        try store.markDead(marker, shard: shard)
        #expect(try store.ledger().dead.count == 1 && !store.ledger().isSettled)
        #expect(try store.skip(shard, skip))
        #expect(try !store.skip(shard, SkipMarker(reason: "another", at: skip.at)), "the first reason stays")
        let skipped = try store.ledger()
        #expect(skipped.dead.isEmpty && skipped.owed.isEmpty && skipped.skipped.map(\.skip) == [skip])
        #expect(skipped.isSettled && !skipped.isComplete && skipped.leaves == 1 && skipped.requests == 9)
        #expect(skipped.tilingFaults(of: interval).isEmpty)

        // A zombie that gives up once more changes nothing.
        try store.markDead(marker, shard: shard)
        #expect(try store.deaths(of: shard).count == 1)
        let at = Instant("2026-01-03T00:00:00Z")!
        #expect(try store.requeue(shard, at: at))
        #expect(try store.ledger().owed.map(\.id) == [shard] && store.ledger().skipped.isEmpty)
        #expect(try !store.skip(shard, skip), "it lives")

        // The next death is not the one that was skipped.
        try store.markDead(marker, shard: shard)
        #expect(try store.ledger().dead.count == 1 && store.skipMarker(of: shard) == nil)
        #expect(
            try store.deaths(of: shard) == [
                Death(round: 1, marker: marker, skip: skip, requeue: RequeueMarker(at: at)),
                Death(round: 2, marker: marker, skip: nil, requeue: nil),
            ])
        // One made by hand counts whatever it holds.
        Disk.write("\(path)/requeue/\(shard).2.json", [])
        #expect(try store.ledger().owed.count == 1)
        #expect(try store.deaths(of: shard).last?.requeue == RequeueMarker())
    }

    @Test func `a sweep removes what no outcome names`() throws {
        let run = try TestRun(cuts: 2)
        let shards = run.store.plan.roots
        try run.fetch(
            shards[0], [TestPage(records: [TestRecord(id: "a", start: ms("2024-01-01T00:00:01Z"))], fetched: 1)])
        _ = try run.store.beginPart(of: shards[1], token: LeaseToken("1:2:dead"))
        Disk.write("\(run.root)/out/.trawl-tmp.1.x", [1])
        Disk.write("\(run.root)/.trawl-tmp.1.y", [1])
        let kept = Disk.names("\(run.root)/parts").filter { $0.hasPrefix(shards[0].text) }
        #expect(try run.store.sweep() == 5)
        #expect(Disk.names("\(run.root)/parts") == kept && kept.count == 2)
        #expect(Disk.names("\(run.root)/out") == ["\(shards[0]).json"])
        #expect(try run.store.sweep() == 0)
    }

    @Test func `a sweep leaves what a shard without an outcome has so far`() throws {
        let run = try TestRun(cuts: 2)
        let shards = run.store.plan.roots
        for shard in shards {
            let writer = try run.store.beginPart(of: shard, token: LeaseToken("1:2:dead"))
            try writer.append(page([TestRecord(id: "a", start: 1)]), testNote())
            writer.suspend()
        }
        // The outcome of another attempt: its own leftovers went with the commit, those of a slower one come after it.
        try run.fetch(shards[0], [TestPage(records: [TestRecord(id: "a", start: 1)], fetched: 1)])
        let late = try run.store.beginPart(of: shards[0], token: LeaseToken("1:3:late"))
        try late.append(page([TestRecord(id: "a", start: 1)]), testNote())
        #expect(try run.store.sweep() == 3)
        #expect(Disk.names("\(run.root)/walks") == ["\(shards[1]).1_2_dead.ndjson"])
        #expect(Disk.names("\(run.root)/parts").count == 4)
        #expect(try run.store.recordedWalk(of: shards[1])?.pages.count == 1)
    }
}
