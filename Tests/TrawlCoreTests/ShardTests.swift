import Testing
import TrawlCore

struct ShardTests {
    static func interval(_ from: String, _ to: String) throws -> Interval {
        let from = try #require(Instant(from))
        let to = try #require(Instant(to))
        return try #require(Interval(from: from, to: to))
    }

    @Test func `an interval needs at least a millisecond`() {
        let instant = Instant(milliseconds: 5)
        #expect(Interval(from: instant, to: instant) == nil)
        #expect(Interval(from: instant + 1, to: instant) == nil)
        #expect(Interval(from: instant, to: instant + 1)?.milliseconds == 1)
    }

    @Test func `a shard id is made from the interval and reads back`() throws {
        let day = try Self.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00.005Z")
        let id = ShardID(day)
        #expect(id.text == "20240101T000000Z-20240102T000000.005Z")
        #expect(ShardID(id.text)?.interval == day)
    }

    @Test(arguments: [
        "", "x", "20240101T000000Z", "20240101T000000Z-20240101T000000Z", "20240102T000000Z-20240101T000000Z",
        "20240101T000000.000Z-20240102T000000Z", "20240101T000000Z-20240102T000000Z-",
        "../20240101T000000Z-20240102T000000Z",
    ])
    func `only a shard's own id is taken for one`(text: String) {
        #expect(ShardID(text) == nil)
    }

    @Test(arguments: [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo",
    ])
    func `roots tile the interval, whatever the size, the zone and the ends`(zone: String) throws {
        let calendar = try #require(CalendarDays(timezone: zone))
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<200 {
            let from = Instant(milliseconds: Int64.random(in: 1_300_000_000_000...1_750_000_000_000, using: &generator))
            let length = Int64.random(in: 1...(40 * Instant.millisecondsPerDay), using: &generator)
            let interval = try #require(Interval(from: from, to: from + length))
            for text in ["1d", "2d", "7d", "31d", "6h", "15m", "7h"] {
                let size = try #require(ShardSize(text))
                let roots = size.roots(of: interval, days: calendar)
                #expect(roots.first?.interval.from == interval.from)
                #expect(roots.last?.interval.to == interval.to)
                #expect(zip(roots, roots.dropFirst()).allSatisfy { $0.interval.to == $1.interval.from })
                #expect(Int64(roots.count) <= size.mostRoots(of: interval))
                #expect(roots == size.roots(of: interval, days: calendar))
            }
        }
    }

    @Test func `days are calendar days where the clocks change`() throws {
        let berlin = try #require(CalendarDays(timezone: "Europe/Berlin"))
        let interval = try Self.interval("2024-03-29T23:00:00Z", "2024-04-01T22:00:00Z")
        let hours = ShardSize.days(1).roots(of: interval, days: berlin).map { $0.interval.milliseconds / 3_600_000 }
        #expect(hours == [24, 23, 24])
        let table = berlin.table(covering: interval)
        #expect(table.name(at: table.index(of: interval.from)) == "2024-03-30")
        let last = try #require(Instant("2024-03-31T21:59:59.999Z"))
        #expect(table.name(at: table.index(of: last)) == "2024-03-31")
        #expect(table.name(at: table.index(of: last + 1)) == "2024-04-01")
    }

    @Test func `whole days are counted from the first midnight`() throws {
        let utc = try #require(CalendarDays(timezone: "UTC"))
        let interval = try Self.interval("2024-01-01T12:00:00Z", "2024-01-06T00:00:00Z")
        let starts = ShardSize.days(2).roots(of: interval, days: utc).map { $0.interval.from.rfc3339.prefix(13) }
        #expect(starts == ["2024-01-01T12", "2024-01-02T00", "2024-01-04T00"])
    }

    @Test(arguments: ["0d", "32d", "1w", "", "d", "745h"])
    func `a shard size the API cannot answer is refused`(text: String) {
        #expect(ShardSize(text) == nil)
    }

    @Test(arguments: [1, 2, 3, 1000])
    func `children partition their parent`(milliseconds: Int64) throws {
        let from = Instant(milliseconds: 1_700_000_000_000)
        let interval = try #require(Interval(from: from, to: from + milliseconds))
        let parent = Shard(interval)
        for hits: Int? in [nil, 100_001, 250_000, 90_000_000] {
            let children = parent.children(hits: hits, depth: 100_000)
            #expect(children.first?.interval.from == parent.interval.from)
            #expect(children.last?.interval.to == parent.interval.to)
            #expect(zip(children, children.dropFirst()).allSatisfy { $0.interval.to == $1.interval.from })
            #expect(children.count > 1 || milliseconds == 1)
            #expect(children.allSatisfy { $0.parentHits == hits })
        }
    }

    @Test func `the plan hash input covers what tells two runs apart`() throws {
        let request = PlanRequest(interval: try Self.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"))
        var other = request
        other.pageSize = 50
        other.timezone = "Europe/Berlin"
        #expect(request.hashInput != other.hashInput)
        #expect(request.differences(from: other).map(\.option) == ["--timezone", "--page-size"])
        #expect(request.differences(from: request).isEmpty)
    }

    @Test func `a secret shows in no textual form`() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}

/// A small deterministic generator (SplitMix64), so that a failing case can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
