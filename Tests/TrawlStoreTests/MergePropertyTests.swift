import Testing
import TrawlCore
import TrawlStore

/// Numbers that are the same in every run of the tests.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

private let interval = Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-05T00:00:00Z")!)!

/// Pages of one made-up extraction: versions, repeats, open records, starts outside, ties and odd ids.
private func pages(_ dice: inout Dice) -> [TestPage] {
    let starts = (0..<12).map { _ in
        Int64.random(in: interval.from.milliseconds - 3_600_000..<interval.to.milliseconds + 3_600_000, using: &dice)
    }
    let alphabet = ["a", "b", "é", "\u{10FFFF}", "\"", "\\", "\n", "same-prefix-", "z"]
    let conversations = (0..<60).map { number in
        TestRecord(
            // Quotes and control characters only where the id is escaped, which is at its front.
            id: alphabet[Int.random(in: 0..<alphabet.count, using: &dice)] + "\(number % 50)",
            start: starts.randomElement(using: &dice)!,
            end: nil)
    }
    var clock: Int64 = 1_700_000_000_000_000
    return (0..<Int.random(in: 1...12, using: &dice)).map { _ in
        clock += Int64.random(in: 1...1_000_000, using: &dice)
        let records = (0..<Int.random(in: 1...15, using: &dice)).map { _ in
            var record = conversations.randomElement(using: &dice)!
            if Bool.random(using: &dice) { record.end = record.start + Int64.random(in: 0...2, using: &dice) * 1000 }
            record.segments = Int.random(in: 1...2, using: &dice)
            record.note = Int.random(in: 0...2, using: &dice)
            let first = record.id.unicodeScalars.first!
            record.isEscaped =
                first.value < 0x20 || first == "\"" || first == "\\"
                || (first.value < 0x10000 && Int.random(in: 0..<4, using: &dice) == 0)
            if Int.random(in: 0..<30, using: &dice) == 0 { record.rejection = .nullID }
            return record
        }
        return TestPage(records: records, fetched: clock)
    }
}

/// Lays the pages out over shards at random, commits them in random order, and merges.
private func lay(
    _ pages: [TestPage], match: Match, _ dice: inout Dice, _ options: MergeOptions
) throws -> (run: TestRun, manifest: Manifest) {
    let cuts = Int.random(in: 1...5, using: &dice)
    let run = try TestRun(match: match, cuts: cuts, compression: Bool.random(using: &dice) ? .zstd : .none)
    var places = run.store.plan.roots.map { ($0, [TestPage]()) }
    for page in pages.shuffled(using: &dice) { places[Int.random(in: 0..<cuts, using: &dice)].1.append(page) }
    for (shard, pages) in places.shuffled(using: &dice) { try run.fetch(shard, pages) }
    return (run, try run.merge(options))
}

/// Every buffer of the merge so small that it overflows, and several files and frames per day.
private let tiny: MergeOptions = {
    var options = plain
    options.sizes.part = 700
    options.sizes.frame = 150
    options.sizes.candidates = 640
    options.sizes.bucket = 300
    options.sizes.resident = 512
    options.sizes.largestSort = 400
    options.sizes.verdictLines = 7
    options.sizes.block = 64
    options.sizes.chunk = 128
    return options
}()

struct MergePropertyTests {
    @Test(arguments: 0..<40)
    func `any layout gives the same bytes, and they are what the rules say`(seed: Int) throws {
        var dice = Dice(state: UInt64(seed))
        let pages = pages(&dice)
        let match: Match = seed.isMultiple(of: 2) ? .started : .overlap
        let lines = pages.flatMap { page in
            page.records.map {
                OracleLine(record: $0, fetched: page.fetched, siblings: page.records, isSuperseded: false)
            }
        }
        let expected = oracle(lines, interval: match == .started ? interval : nil)
        let text = String(decoding: expected.flatMap(\.line), as: UTF8.self)

        let roomy = try lay(pages, match: match, &dice, plain)
        #expect(roomy.run.mergedText == text)
        let totals = roomy.manifest.totals
        #expect(totals.records == expected.count)
        #expect(totals.open == expected.count { $0.end == nil })
        #expect(
            totals.lines == totals.records + totals.duplicates.all + totals.outside + totals.rejected
                + totals.rejectedAgain)
        #expect(totals.rejected == Set(lines.filter { $0.record.rejection != nil }.map(\.record.line)).count)
        #expect(
            roomy.run.text("open-ids.ndjson")
                == expected.filter { $0.end == nil }.map { "{\"conversationId\":\"\($0.rawID)\"}\n" }.joined())

        var cut: MergeOptions = plain
        cut.sizes.part = tiny.sizes.part
        cut.sizes.frame = tiny.sizes.frame
        let reference = try lay(pages, match: match, &dice, cut).run.merged
        for _ in 0..<3 {
            let spilled = try lay(pages, match: match, &dice, tiny)
            #expect(spilled.run.merged == reference)
            #expect(spilled.run.mergedText == text)
            var verify = Verify(store: spilled.run.store)
            #expect(verify.run().findings.isEmpty)
        }
        var compressed = tiny
        compressed.compression = .zstd
        let first = try lay(pages, match: match, &dice, compressed).run
        #expect(try lay(pages, match: match, &dice, compressed).run.merged == first.merged)
        var verify = Verify(store: first.store)
        #expect(verify.run().records == expected.count)
    }

    @Test(arguments: 0..<20)
    func `walks before a proven one do not count, those before another accepted one count less`(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) + 1000)
        let run = try TestRun(cuts: 3)
        var lines: [OracleLine] = []
        for shard in run.store.plan.roots {
            let verdict: Verdict = [.proven, .drifted, .short, .unverifiable].randomElement(using: &dice)!
            let walks = Int.random(in: 1...3, using: &dice)
            var fetched: [TestPage] = []
            for (offset, page) in pages(&dice).enumerated() {
                var page = page
                page.fetched += Int64(fetched.count + lines.count) * 10_000_000
                page.walk = min(offset / 2 + 1, walks)
                fetched.append(page)
            }
            let last = fetched.map(\.walk).max()!
            lines += fetched.flatMap { page in
                page.records.map {
                    OracleLine(
                        record: $0, fetched: page.fetched, siblings: page.records,
                        isSuperseded: verdict == .proven && page.walk < last,
                        isOutranked: verdict == .unverifiable && page.walk < last)
                }
            }
            try run.fetch(shard, fetched, verdict: verdict)
        }
        let manifest = try run.merge(tiny)
        let expected = oracle(lines, interval: interval)
        #expect(run.mergedText == String(decoding: expected.flatMap(\.line), as: UTF8.self))
        let totals = manifest.totals
        #expect(
            totals.lines == totals.records + totals.duplicates.all + totals.outside + totals.rejected
                + totals.rejectedAgain)
        #expect(run.text("duplicates.ndjson").split(separator: "\n").count == totals.duplicates.all)
        var verify = Verify(store: run.store)
        // What is not proven is a finding too; nothing may be damaged.
        #expect(verify.run().findings.allSatisfy { $0.kind == .unproven })
    }
}
