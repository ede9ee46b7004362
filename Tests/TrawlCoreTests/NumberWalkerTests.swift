import Testing
import TrawlCore

struct NumberWalkerTests {
    private let shard: Shard
    private let limits = WalkLimits(pageSize: 10, depth: 1000)

    init() throws {
        shard = Shard(try ShardTests.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"))
    }

    private func page(_ ids: some Sequence<Int>, total: Int?, pageCount: Int? = nil) -> Page {
        .of(ids, total: total, pageCount: pageCount)
    }

    /// Runs a walker against an API until it ends, and returns that end with the pages asked for.
    private func walk(
        _ limits: WalkLimits? = nil, shard: Shard? = nil, api: (_ walk: Int, _ number: Int) -> Page
    ) -> (end: WalkAction, asked: [Int]) {
        var walker = NumberWalker(shard: shard ?? self.shard, limits: limits ?? self.limits)
        var action = walker.start
        var asked: [Int] = []
        while true {
            switch action {
            case .fetch(let position), .fetchAgain(let position, _):
                asked.append(position.number)
                action = walker.handle(api(walker.walk, position.number))
            case .walkAgain: action = walker.start
            case .split, .unsplittable, .finish, .ask, .notYet, .giveUp: return (action, asked)
            }
            if asked.count > 10_000 { return (action, asked) }
        }
    }

    private func stable(_ count: Int, number: Int, size: Int = 10) -> Page {
        page(min(count, (number - 1) * size)..<min(count, number * size), total: count)
    }

    @Test(arguments: [
        (0, [1]), (1, [1]), (9, [1]), (10, [1, 2]), (11, [1, 2]), (25, [1, 2, 3]), (30, [1, 2, 3, 4]),
    ])
    func `a stable shard is proven in as few pages as show its end`(count: Int, pages: [Int]) {
        let (end, asked) = walk { stable(count, number: $1) }
        #expect(asked == pages)
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .proven)
        #expect(proof.distinct == count && proof.firstHits == count && proof.lastHits == count && proof.walks == 1)
    }

    @Test func `a total that moves during the walk makes it walk again`() {
        let (end, asked) = walk { walk, number in
            walk == 1 && number == 2 ? page(10..<20, total: 26) : stable(25, number: number)
        }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .proven && proof.walks == 2 && proof.distinct == 25)
        #expect(asked.suffix(3) == [1, 2, 3])
    }

    @Test func `a total that never rests ends as drifted, after five walks`() {
        var total = 25
        let (end, _) = walk { _, number in
            total += 1
            return page(stable(25, number: number).records.entries.map { Int($0.id.low) }, total: total)
        }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .drifted && proof.walks == 5)
    }

    @Test func `an empty page with records missing is asked again before it counts`() {
        var empties = 2
        let (end, asked) = walk { _, number in
            if number == 2, empties > 0 {
                empties -= 1
                return page([], total: 25)
            }
            return stable(25, number: number)
        }
        #expect(asked == [1, 2, 2, 2, 3])
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .proven)
    }

    @Test func `a total that promises more than there is ends as short`() {
        let (end, _) = walk { page(stable(25, number: $1).records.entries.map { Int($0.id.low) }, total: 26) }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .short && proof.distinct == 25 && proof.end == .emptyPageRepeated)
    }

    @Test func `records displaced between pages are never taken for proven`() {
        // Page 2 repeats the last record of page 1, so one record is never seen although the counts add up.
        let (end, _) = walk { _, number in
            number == 2 ? page([9] + Array(10..<19), total: 25) : stable(25, number: number)
        }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .short && proof.walks == 5)
    }

    @Test func `an API that repeats one page forever does not trap the walk`() {
        let (end, asked) = walk { _, _ in stable(25, number: 1) }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict != .proven && proof.end == .nothingNew && proof.repeatedPages > 0)
        #expect(asked.count == 5 * 5)
    }

    @Test func `an API that goes on forever is stopped at its depth`() {
        let (end, asked) = walk { _, number in page(number * 10..<number * 10 + 10, total: 25) }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .capped && proof.end == .depth)
        #expect(asked.count == 100)
    }

    @Test func `a shard exactly as deep as the API pages is proven`() {
        let (end, asked) = walk { stable(1000, number: $1) }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .proven && asked.count == 100)
    }

    @Test func `a walk to the depth that lacks a record is walked again, as any other`() {
        let (end, asked) = walk { walk, number in
            walk == 1 && number == 50 ? page(490..<499, total: 1000) : stable(1000, number: number)
        }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .proven && proof.walks == 2 && asked.count == 200)
    }

    @Test func `a total that grows beyond the depth during the walk cuts the shard`() {
        let (end, asked) = walk { walk, number in
            stable(walk == 1 && number < 50 ? 1000 : 1001, number: number)
        }
        #expect(end == .split(hits: 1001) && asked.count == 101)
    }

    @Test func `more hits than the depth are split, unless the parent had as many`() {
        #expect(walk { stable(1001, number: $1) }.end == .split(hits: 1001))
        let child = Shard(shard.interval, parentHits: 1001)
        #expect(walk(shard: child) { stable(1001, number: $1) }.end == .unsplittable(hits: 1001))
        #expect(walk(shard: child) { stable(1000, number: $1) }.asked.count == 100)
    }

    @Test func `an endpoint without totals ends unverifiable once an empty page stays empty`() {
        let (end, asked) = walk { _, number in
            page(stable(25, number: number).records.entries.map { Int($0.id.low) }, total: nil)
        }
        #expect(asked == [1, 2, 3, 4, 4, 4, 4])
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .unverifiable && proof.distinct == 25)
    }

    @Test func `a page count promises nothing: records beyond it are fetched, and a stale one does not go on for ever`()
        throws
    {
        for count in [0, 1, 2, 99] {
            let (end, asked) = walk { _, number in
                page(stable(25, number: number).records.entries.map { Int($0.id.low) }, total: nil, pageCount: count)
            }
            #expect(asked == [1, 2, 3, 4, 4, 4, 4])
            guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
            #expect(proof.verdict == .unverifiable && proof.distinct == 25 && proof.pageCount == count)
        }
    }

    @Test func `without a total, an API that repeats one page is no end to accept`() {
        let (end, asked) = walk { _, _ in page(0..<10, total: nil, pageCount: 1_000_000) }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .short && proof.end == .nothingNew && proof.walks == 5 && proof.repeatedPages == 5)
        #expect(asked.count == 5 * 6)
    }

    @Test func `without a total, a page that repeats the one before it makes the walk start over`() {
        func api(_ number: Int, isRepeat: Bool) -> Page {
            let source = stable(45, number: isRepeat ? number - 1 : number)
            return page(source.records.entries.map { Int($0.id.low) }, total: nil)
        }
        let (healed, asked) = walk { walk, number in api(number, isRepeat: walk == 1 && number == 3) }
        #expect(asked == [1, 2, 3, 4, 5, 6, 6, 6, 6, 1, 2, 3, 4, 5, 6, 6, 6, 6])
        guard case .finish(let good) = healed else { return #expect(Bool(false), "ended with \(healed)") }
        #expect(good.verdict == .unverifiable && good.distinct == 45 && good.walks == 2)
        let (stays, _) = walk { _, number in api(number, isRepeat: number == 3) }
        guard case .finish(let bad) = stays else { return #expect(Bool(false), "ended with \(stays)") }
        #expect(bad.verdict == .short && bad.end == .emptyPage && bad.walks == 5 && bad.repeatedPages == 1)
    }

    @Test func `without a total, records that come twice are looked into by another walk`() {
        func ids(_ number: Int, shift: Int) -> [Int] {
            let first = (number - 1) * 10 + (number == 2 ? shift : 0)
            return Array(min(25, first)..<min(25, first + 10))
        }
        // Shifted forth or back once, whichever record that hides.
        for shift in [-1, 1] {
            let (end, _) = walk { walk, number in page(ids(number, shift: walk == 1 ? shift : 0), total: nil) }
            guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
            #expect(proof.verdict == .unverifiable && proof.distinct == 25 && proof.walks == 2)
        }
        // Never the same twice.
        let (end, _) = walk { walk, number in page(ids(number, shift: -walk), total: nil) }
        guard case .finish(let proof) = end else { return #expect(Bool(false), "ended with \(end)") }
        #expect(proof.verdict == .drifted && proof.walks == 5)
        // Always the same: an endpoint whose listing holds some records twice.
        let (same, _) = walk { _, number in
            page([[1, 2, 3], [3, 4, 4, 5]].dropFirst(number - 1).first ?? [], total: nil)
        }
        guard case .finish(let twice) = same else { return #expect(Bool(false), "ended with \(same)") }
        #expect(twice.verdict == .unverifiable && twice.distinct == 5 && twice.walks == 2)
    }

    @Test func `without a total, one id for two conversations is nothing to accept`() {
        func entry(_ id: UInt64, start: Int64) -> RecordEntry {
            RecordEntry(
                id: Digest128(high: 0, low: id), idPrefix: id, start: start, end: 9, length: 1, idOffset: 0,
                idLength: 0, segments: 0, flags: [])
        }
        func api(_ number: Int, id: UInt64) -> Page {
            let entries = number == 1 ? [entry(1, start: 1), entry(id, start: 2)] : []
            return Page(
                records: PageRecords(entries: entries), total: nil, digest: Digest128(high: 0, low: 0), wireBytes: 0)
        }
        let (healed, _) = walk { walk, number in api(number, id: walk == 1 ? 1 : 2) }
        guard case .finish(let good) = healed else { return #expect(Bool(false), "ended with \(healed)") }
        #expect(good.verdict == .unverifiable && good.distinct == 2 && good.walks == 2)
        let (stays, _) = walk { _, number in api(number, id: 1) }
        guard case .finish(let bad) = stays else { return #expect(Bool(false), "ended with \(stays)") }
        #expect(bad.verdict == .short && bad.walks == 5)
    }

    @Test func `whatever an API does, a walk ends and proven means every record was held`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...60, using: &generator)
            var records = Array(0..<count)
            var history = records
            let chaos = Int.random(in: 0...5, using: &generator)
            let (end, asked) = walk { _, number in
                switch chaos {
                case 1 where Int.random(in: 0..<6, using: &generator) == 0: records.append(records.count)
                case 2 where Int.random(in: 0..<6, using: &generator) == 0: records.shuffle(using: &generator)
                case 3 where Int.random(in: 0..<4, using: &generator) == 0: return page([], total: records.count)
                case 4 where Int.random(in: 0..<4, using: &generator) == 0: return stable(count, number: 1)
                case 5 where Int.random(in: 0..<8, using: &generator) == 0: records.removeAll { $0 % 7 == 0 }
                default: break
                }
                history = records
                let slice = records.dropFirst((number - 1) * 10).prefix(10)
                return page(slice, total: records.count)
            }
            #expect(asked.count < 10_000)
            if case .finish(let proof) = end, proof.verdict == .proven {
                #expect(proof.distinct == proof.lastHits)
                // With a record set that only moved around, proven means all of it.
                if chaos != 1, chaos != 5 { #expect(proof.distinct == history.count) }
            }
        }
    }
}
