import Glibc
import Testing
import TrawlCore

/// Generated histories of an API that misbehaves in every way it can: whatever it does, a walk ends, and `proven` is
/// the truth. `TRAWL_WALK_HISTORIES` sets how many are tried.
struct WalkHistoryTests {
    static let histories = getenv("TRAWL_WALK_HISTORIES").flatMap { Int(String(cString: $0)) } ?? 15_000

    /// What an API's endpoint states beside its records.
    private struct Statements {
        let total: Bool
        let pageCount: Bool
    }

    /// An API over time. Records are added and never taken away, so a total that rests means that they rested too.
    private struct History {
        let pageSize: Int
        let statements: Statements
        var generator: SeededGenerator
        /// What exists now, in the order in which it is served.
        var records: [Int]
        let badness: Int
        var asks = 0
        var issued = 0
        /// Where cursors lead.
        var cursors: [String: Int] = [:]
        var lastCursor: String?
        /// What existed when a page last stated a total.
        var counted: Set<Int> = []

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            pageSize = Int.random(in: 1...4, using: &generator)
            statements = Statements(
                total: Bool.random(using: &generator), pageCount: Bool.random(using: &generator))
            records = Array(0..<Int.random(in: 0...24, using: &generator))
            badness = Int.random(in: 0...3, using: &generator)
        }

        private mutating func chance(_ percent: Int) -> Bool {
            Int.random(in: 0..<100, using: &generator) < percent * badness
        }

        /// Nil: the cursor is refused.
        mutating func answer(_ position: PagePosition, isCursor: Bool) -> (page: Page, ids: [Int])? {
            asks += 1
            if chance(2) { records.append(records.count) }
            if chance(2) { records.shuffle(using: &generator) }
            var first = (position.number - 1) * pageSize
            if isCursor, let cursor = position.cursor {
                if chance(2) { return nil }
                first = cursors[String(decoding: cursor.bytes, as: UTF8.self)] ?? 0
            }
            if chance(1) { first = 0 }
            var ids = Array(records.dropFirst(first).prefix(pageSize))
            if chance(3) { ids = [] }
            if chance(3) { ids.removeLast(min(ids.count, Int.random(in: 0...2, using: &generator))) }
            if chance(2), let id = ids.first { ids.append(id) }
            if chance(2) { ids.shuffle(using: &generator) }
            // Counts lie in all directions, totals only rest or grow: a total that lies cannot be found out.
            let total = statements.total && !chance(2) ? records.count : nil
            if total != nil { counted = Set(records) }
            let honest = (records.count + pageSize - 1) / pageSize
            let pageCount = statements.pageCount ? chance(10) ? Int.random(in: 0...99, using: &generator) : honest : nil
            return (.of(ids, total: total, pageCount: pageCount, cursor: isCursor ? next(after: first) : nil), ids)
        }

        private mutating func next(after first: Int) -> String? {
            if chance(1) { return "" }
            if chance(2), let lastCursor { return lastCursor }
            guard first + pageSize < records.count || chance(2) else { return nil }
            issued += 1
            let cursor = "c\(issued)"
            cursors[cursor] = first + pageSize
            lastCursor = cursor
            return cursor
        }
    }

    /// What held the last walk's proof, and how often the API was asked.
    private struct Ending {
        let action: WalkAction?
        let held: Set<Int>
        let asks: Int
        let walks: Int
        let history: History
    }

    private static let mostAsks = 5000

    private func run(seed: UInt64, paging: EndpointProfile.Paging, shard: Shard) -> Ending {
        var history = History(seed: seed)
        var limits = WalkLimits(pageSize: history.pageSize, depth: nil)
        limits.pages = 200
        var walker = Walker(paging: paging, shard: shard, limits: limits)
        var isCursor = false
        if case .cursor = paging.continuation { isCursor = true }
        var action = walker.start
        var held: Set<Int> = []
        var walks = 1
        while history.asks < Self.mostAsks {
            switch action {
            case .fetch(let position), .fetchAgain(let position, _):
                if let (page, ids) = history.answer(position, isCursor: isCursor) {
                    held.formUnion(ids)
                    action = walker.handle(page)
                } else {
                    action = walker.handleRefusedCursor("refused") ?? action
                }
            case .walkAgain(let walk):
                held = []
                walks = walk
                action = walker.start
            case .split, .unsplittable, .finish, .ask, .notYet, .giveUp:
                return Ending(
                    action: action, held: held, asks: history.asks, walks: walks, history: history)
            }
        }
        return Ending(
            action: nil, held: held, asks: history.asks, walks: walks, history: history)
    }

    @Test(.serialized, arguments: ["details-query-paged", "details-query-cursor"])
    func `whatever an API does, a walk ends, and proven means that all records are held`(name: String) async throws {
        let paging = try #require(EndpointProfile.builtIn(named: name)).paging
        let shard = Shard(try ShardTests.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"))
        var verdicts: [Verdict: Int] = [:]
        for seed in 0..<Self.histories {
            // Other tests wait for answers with a time limit, on the same few threads.
            if seed.isMultiple(of: 20) { await Task.yield() }
            let ending = run(seed: UInt64(seed), paging: paging, shard: shard)
            guard case .finish(let proof)? = ending.action else {
                Issue.record("history \(seed) did not end: \(String(describing: ending.action)) after \(ending.asks)")
                return
            }
            verdicts[proof.verdict, default: 0] += 1
            let isTrue =
                proof.distinct == ending.held.count && proof.walks == ending.walks && proof.walks <= 5
                && (proof.verdict != .proven
                    || ending.held == ending.history.counted && proof.lastHits == ending.held.count)
                && (proof.verdict != .unverifiable || proof.lastHits == nil)
                // An API that behaves is walked once, to its end.
                && (ending.history.badness > 0
                    || proof.walks == 1 && proof.verdict.isAccepted && ending.held == Set(ending.history.records))
            if !isTrue {
                Issue.record("history \(seed): \(proof), held \(ending.held.count) of \(ending.history.records.count)")
                return
            }
        }
        // The generator reaches all of it.
        for verdict in Verdict.allCases where verdict != .capped {
            #expect(verdicts[verdict, default: 0] > Self.histories / 1000, "\(verdict): \(verdicts)")
        }
    }
}
