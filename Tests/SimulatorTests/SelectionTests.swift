import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

struct SelectionTests {
    private static let shards = [
        interval("2024-03-01", "2024-03-04"), interval("2024-03-02", "2024-03-03"),
        interval("2024-03-01T10:00:00Z", "2024-03-01T11:00:00Z"),
        interval("2024-03-01T23:59:00Z", "2024-03-02T00:01:00Z"),
        interval("2024-03-01T10:00:00.000Z", "2024-03-01T10:00:00.001Z"),
        interval("2024-02-29T12:00:00Z", "2024-03-05"),
    ]

    /// The rule, spelled out again over the whole population.
    private static func expected(_ asker: Asker, _ rule: SelectionRule, _ query: Interval) throws -> [Fixture.Record] {
        let all = try Fixture(asker.get("/truth?from=2020-01-01&to=2030-01-01").body)
        let day = Instant.millisecondsPerDay
        let firstDay = query.from.milliseconds / day
        let lastDay = (query.to.milliseconds - 1) / day
        return all.records.filter { record in
            let touches = (firstDay...lastDay).contains(record.start / day)
            let inside = query.contains(Instant(milliseconds: record.start))
            let overlaps =
                inside
                || record.start < query.from.milliseconds && record.end ?? .max > query.from.milliseconds
            return switch rule {
            case .dayOverlap: touches && overlaps
            case .wholeDay: touches
            case .started: inside
            case .lifetime: overlaps
            }
        }
    }

    @Test(arguments: SelectionRule.allCases, shards)
    func `walking the pages gives what the rule selects`(rule: SelectionRule, shard: Interval) throws {
        var options = options(250)
        options.selection = rule
        let asker = try Asker(options)
        let expected = try Self.expected(asker, rule, shard).map(\.id)
        let first = try asker.query(shard, size: 7).page()
        #expect(first.total == expected.count)
        let walked = try asker.walk(shard, size: 7)
        #expect(walked.count == expected.count)
        #expect(try walked.map { try JSONReader.document(Array($0.utf8))["conversationId"]?.string } == expected)
    }

    @Test(arguments: SelectionRule.allCases)
    func `the pages of any partition into shards hold the truth`(rule: SelectionRule) throws {
        var options = options(300)
        options.selection = rule
        let asker = try Asker(options)
        let whole = interval("2024-03-01T05:00:00Z", "2024-03-03T21:30:00Z")
        var returned: Set<String> = []
        for shard in whole.cut(into: 13) { returned.formUnion(try asker.walk(shard)) }
        let range = "from=\(whole.from)&to=\(whole.to)"
        #expect(returned == Set(asker.truth("/truth?match=overlap&\(range)")))
        #expect(returned.isSuperset(of: asker.truth("/truth?\(range)")))
    }

    @Test func `day by day every conversation comes once`() throws {
        let asker = try Asker(options(300))
        var walked: [String] = []
        for day in interval("2024-03-01", "2024-03-04").cut(into: 3) { walked += try asker.walk(day) }
        #expect(walked == asker.truth("/truth"))
    }

    @Test func `a conversation that crosses midnight belongs to the day it started on`() throws {
        let asker = try Asker(options(300))
        let second = interval("2024-03-02", "2024-03-03")
        let crossing = try Fixture(asker.get("/truth").body).records.filter {
            $0.start < second.from.milliseconds && $0.end ?? .max > second.from.milliseconds
        }
        #expect(!crossing.isEmpty)
        let ids = try asker.walk(second).map { try JSONReader.document(Array($0.utf8))["conversationId"]?.string ?? "" }
        #expect(Set(ids).isDisjoint(with: crossing.map(\.id)))
    }

    @Test func `an inclusive end takes in the conversations that start at it`() throws {
        var inclusive = options(100)
        inclusive.endInclusive = true
        let shard = interval("2024-03-01", "2024-03-04")
        let exclusive = try Asker(options(100)).query(shard).page().total
        #expect(exclusive == 100)
        #expect(try Asker(inclusive).query(shard).page().total > exclusive)
    }

    @Test func `orders are as asked`() throws {
        let asker = try Asker(options(300))
        let shard = interval("2024-03-01", "2024-03-04")
        let ascending = try asker.walk(shard, size: 33)
        #expect(try asker.walk(shard, size: 33, more: #","order":"asc","orderBy":"conversationStart""#) == ascending)
        #expect(try asker.walk(shard, size: 33, more: #","order":"desc""#) == ascending.reversed())
        let unordered = try asker.walk(shard, size: 33, more: #","order":"unordered""#)
        #expect(unordered != ascending)
        #expect(unordered.sorted() == ascending.sorted())
        let ends = try asker.walk(shard, more: #","orderBy":"conversationEnd""#).map {
            try JSONReader.document(Array($0.utf8))["conversationEnd"]?.string ?? "open"
        }
        #expect(ends == ends.sorted())
    }

    @Test func `filters split the conversations and nothing is lost`() throws {
        let asker = try Asker(options(300))
        let shard = interval("2024-03-01", "2024-03-04")
        func count(_ scope: String, _ predicate: String) throws -> Int {
            try asker.walk(shard, more: #","\#(scope)":[{"type":"and","predicates":[\#(predicate)]}]"#).count
        }
        let ended = try count("conversationFilters", #"{"dimension":"conversationEnd","operator":"exists"}"#)
        let open = try count("conversationFilters", #"{"dimension":"conversationEnd","operator":"notExists"}"#)
        #expect(open > 0)
        #expect(ended + open == 300)
        let directions = try ["inbound", "outbound"].map {
            try count("conversationFilters", #"{"dimension":"originatingDirection","value":"\#($0)"}"#)
        }
        #expect(directions.allSatisfy { $0 > 15 })
        #expect(directions.reduce(0, +) == 300)
        let divisions = try Division.ids.map {
            try count("conversationFilters", #"{"dimension":"divisionId","value":"\#($0)"}"#)
        }
        #expect(divisions.allSatisfy { $0 > 15 })
        #expect(divisions.reduce(0, +) == 300)
        let media = try ["voice", "chat", "message", "email"].map {
            try count("segmentFilters", #"{"type":"dimension","dimension":"mediaType","value":"\#($0)"}"#)
        }
        #expect(media.allSatisfy { $0 > 5 })
        #expect(media.reduce(0, +) == 300)
        let id = asker.truth("/truth/ids")[17]
        #expect(try count("conversationFilters", #"{"dimension":"conversationId","value":"\#(id)"}"#) == 1)
    }

    @Test func `filters, clauses and their types combine`() throws {
        let asker = try Asker(options(300))
        let filter = #"""
            ,"conversationFilters":[{"type":"or","clauses":[
            {"type":"and","predicates":[{"dimension":"originatingDirection","value":"inbound"},
            {"dimension":"conversationEnd","operator":"notExists"}]}],
            "predicates":[{"dimension":"originatingDirection","value":"outbound"}]}]
            """#
        let records = try asker.walk(interval("2024-03-01", "2024-03-04"), more: filter)
        let expected = asker.truth("/truth").filter {
            $0.contains(#""originatingDirection":"outbound""#) || !$0.hasPrefix(#"{"conversationEnd""#)
        }
        #expect(records == expected)
        #expect(records.count < 300)
    }
}
