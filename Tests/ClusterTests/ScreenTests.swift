import Testing
import TrawlCore

@testable import TrawlQueue
@testable import TrawlView
@testable import trawl

/// What a terminal shows of a run.
struct ScreenTests {
    private static let plain = ScreenStyle(colour: false, unicode: true)

    private static func lines(
        _ width: Int, _ height: Int = 40, _ style: ScreenStyle = plain, _ change: (inout RunView) -> Void = { _ in }
    ) throws -> [String] {
        var view = try SampleRun.view()
        change(&view)
        return RunScreen(view: view, style: style).lines(width: width, height: height)
    }

    @Test func `a run in every state reads without colour`() throws {
        #expect(
            try Self.lines(110) == [
                "running · 20240101-20240103-k3x9q2 · 2024-01-01 to 2024-01-03 · details-query",
                "███████████████████████████???????????????▒▒▒▒▒▒▒▒▒▒▒▒▒~~~~~~~~~~~~~✗✗✗✗✗✗✗✗✗✗✗✗✗✗✗--------------░░░░░░░░░░░░░",
                "2024-01-01   06:00         12:00         18:00         Jan 2        06:00         12:00             2024-01-03",
                "█ 2 done  ? 1 unproven  ▒ 1 leased  ~ 1 delayed  ░ 1 pending  ✗ 1 dead  - 1 skipped",
                "3 of 8 shards (37 %) · 1 dead · 3,900 records · 1,234 requests · 2 × 429 · 3 failures",
                "rate  3.47/s of 4.95/s (70 %) · 312 records/s: fewer shards are left than there are slots",
                "left  about 12 min, 9 to 16",
                "worker-1  1/2 shards  1 requesting  page 3 of about 12, 1 × 429 of 20240101T180000Z-20240102T000000Z",
                "worker-2  SILENT for 34s  0/2 shards",
                "00:59:00 20240101T180000Z-20240102T000000Z: its worker died or hung, given back (once)",
                "01:00:00 20240102T060000Z-20240102T120000Z: gave up after too many failed tries: HTTP 500",
            ])
    }

    @Test func `a narrow terminal without Unicode gets as much as fits`() throws {
        #expect(
            try Self.lines(60, 40, ScreenStyle(colour: false, unicode: false)) == [
                "running - 20240101-20240103-k3x9q2 - 2024-01-01 to 2024-01->",
                "###############????????=======~~~~~~~xxxxxxxx--------.......",
                "2024-01-01     12:00          Jan 2               2024-01-03",
                "# 2 done  ? 1 unproven  = 1 leased  ~ 1 delayed  . 1 pendin>",
                "3 of 8 shards (37 %) - 1 dead - 3,900 records - 1,234 reque>",
                "rate  3.47/s of 4.95/s (70 %) - 312 records/s: fewer shards>",
                "left  about 12 min, 9 to 16",
                "worker-1  1/2 shards  1 requesting  page 3 of about 12, 1 x>",
                "worker-2  SILENT for 34s  0/2 shards",
                "00:59:00 20240101T180000Z-20240102T000000Z: its worker died>",
                "01:00:00 20240102T060000Z-20240102T120000Z: gave up after t>",
            ])
    }

    @Test func `colour adds nothing but colour, and no line is wider than it may be`() throws {
        for width in [20, 33, 60, 79, 120, 250] {
            let bare = try Self.lines(width)
            let coloured = try Self.lines(width, 40, ScreenStyle(colour: true, unicode: true))
            #expect(coloured.map { $0.replacing(/\u{1B}\[[0-9]*m/, with: "") } == bare)
            #expect(coloured != bare)
            #expect(bare.allSatisfy { StyledLine.columns($0) <= width }, "\(width): \(bare)")
        }
    }

    @Test func `where rows are few, workers go first, and strip and counts stay`() throws {
        func kept(_ height: Int) throws -> [String] {
            try Self.lines(110, height).map { String($0.split(separator: " ")[0]) }
        }
        let strip = try #require(try Self.lines(110).dropFirst().first.map { String($0) })
        #expect(try kept(2) == [strip, "3"])
        #expect(try kept(3) == [strip, "3", "rate"])
        #expect(try kept(5) == ["running", strip, "3", "rate", "left"])
        #expect(try kept(9) == ["running", strip, "2024-01-01", "█", "3", "rate", "left", "00:59:00", "01:00:00"])
        for height in 2...14 { #expect(try Self.lines(110, height).count <= height) }
        // The list that does not fit says how long it is.
        let many = try Self.lines(110, 12) { view in
            view.workers += (3...9).map {
                var worker = view.workers[0]
                worker.name = "vm.7.worker-\($0)"
                return worker
            }
        }
        #expect(many.contains("  … and 7 more"), "\(many)")
    }

    @Test(arguments: [
        ("paused", "paused: 'trawl resume /data/january' goes on"), ("halted", "halted: no permission"),
        ("idle", "nobody is at work on it: the same 'trawl run' command again goes on, or a 'trawl worker'"),
    ])
    func `a run that does not run says how it goes on`(state: String, line: String) throws {
        let lines = try Self.lines(110) { view in
            switch state {
            case "paused": view.schedule?.state = .paused
            case "halted": view.schedule?.halt = Halt(code: 4, message: "no permission")
            default: view.workers = []
            }
        }
        #expect(lines[0].hasPrefix(state + " "))
        #expect(lines.contains(line), "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("left") })
    }

    @Test func `a store without a schedule shows what the store knows`() throws {
        let lines = try Self.lines(110) { view in
            view.schedule = nil
            view.workers = []
            view.limiter = nil
            view.events = []
        }
        #expect(lines.count == 6 && lines[0].hasPrefix("idle"), "\(lines)")
        #expect(lines[4] == "3 of 8 shards (37 %) · 1 dead · 3,900 records · 76 requests")
    }

    @Test func `a sparse line has the figures, the reason and the time left`() throws {
        #expect(
            ScreenText.sparse(try SampleRun.view(), note: "no answer for 25s")
                == "3 of 8 shards (37 %) · 1 dead · 3,900 records · 1,234 requests · 2 × 429 · 3 failures · "
                + "3.47/s of 4.95/s (70 %): fewer shards are left than there are slots · about 12 min, 9 to 16 left · "
                + "no answer for 25s")
    }

    @Test(arguments: [
        (12.0, 9.0, 16.2, "about 12 s, 9 to 17"), (722, 541, 903, "about 12 min, 9 to 16"),
        (9000, 7200, 12_000, "about 2.5 h, 2.0 to 3.4"), (50_000, 36_000, 60_000, "about 14 h, 10 to 17"),
        (200_000, 150_000, 260_000, "about 2.3 days, 1.7 to 3.1"),
    ])
    func `the time left is told in one unit`(expected: Double, least: Double, most: Double, text: String) {
        #expect(ScreenText.remaining(Estimate(expected: expected, range: least...most)) == text)
    }

    @Test(arguments: [
        ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", 80, "2024-01-01   Mar", "2025-01-01"),
        ("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", 60, "2024-01-01   Jan 8 ", "2024-02-01"),
        ("2015-01-01T00:00:00Z", "2024-01-01T00:00:00Z", 100, "2015-01-01            2017 ", "2024-01-01"),
        ("2024-01-01T08:30:00Z", "2024-01-01T10:30:00Z", 60, "2024-01-01 08:30  ", "2024-01-01 10:30"),
        ("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", 20, "2024-01-01", "2024-01-01"),
    ])
    func `dates stand below the strip as far as there is room`(
        from: String, to: String, width: Int, first: String, last: String
    ) throws {
        let interval = try #require(Interval(from: Instant(from)!, to: Instant(to)!))
        let text = StripScale.text(interval, width: width)
        #expect(text.hasPrefix(first) && text.hasSuffix(last) && text.count <= width, "\(text)")
    }

    @Test(arguments: [
        ("LANG", "C.UTF-8", true), ("LANG", "de_DE.utf8", true), ("LANG", "C", false), ("LC_ALL", "POSIX", false),
        ("TERM", "xterm", false),
    ])
    func `the locale says whether more than ASCII is read`(name: String, value: String, reads: Bool) {
        #expect(ScreenStyle.readsUnicode([name: value]) == reads)
        #expect(!ScreenStyle.readsUnicode(["LC_ALL": "C", name == "LC_ALL" ? "LANG" : name: "C.UTF-8"]))
    }

    @Test func `nothing that a terminal would obey comes through`() {
        let line = StyledLine("a\u{1B}[2Jb\nc\u{9B}d")
        #expect(line.text(width: 40, Self.plain) == "a [2Jb c d")
        #expect(StyledLine("日本語です").text(width: 7, Self.plain) == "日本語…")
    }
}
