import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

struct RecordTests {
    @Test(arguments: RecordSize.allCases) func `every record is as the swagger defines it`(size: RecordSize) throws {
        var options = options(700)
        options.recordSize = size
        let asker = try Asker(options)
        let validator = try SwaggerValidator()
        let everything = interval("2024-02-01", "2024-03-03")
        for page in [1, 4] {
            let body = try asker.query(everything, page: page).json()
            #expect(body["conversations"]?.elements.count == 100)
            #expect(validator.faults(in: body, as: "AnalyticsConversationQueryResponse") == [])
        }
    }

    @Test func `the validator sees what it is there to see`() throws {
        let validator = try SwaggerValidator()
        let wrong = #"""
            {"totalHits":5000000000,"nextUri":"x","conversations":[{"conversationStart":"yesterday","participants":[],
            "originatingDirection":"sideways","selfServed":null}]}
            """#
        let faults = validator.faults(
            in: try JSONReader.document(Array(wrong.utf8)), as: "AnalyticsConversationQueryResponse")
        #expect(faults.count == 6)
    }

    @Test func `typical records have the sizes of real ones`() throws {
        var options = options(2500)
        options.recordSize = .typical
        let asker = try Asker(options)
        let sizes = asker.truth("/truth").map(\.utf8.count).sorted()
        #expect(sizes.count == 2500)
        #expect((1500...4000).contains(sizes[0]))
        #expect((6000...10_000).contains(sizes.reduce(0, +) / sizes.count))
        #expect((10_000...22_000).contains(sizes[sizes.count * 95 / 100]))
        #expect(sizes.last! > 60_000)
    }

    @Test func `small records stay below a kilobyte`() throws {
        let sizes = try Asker(options(1000)).truth("/truth").map(\.utf8.count).sorted()
        #expect(sizes[0] > 400)
        #expect(sizes[sizes.count / 2] < 1000)
        #expect(sizes.last! < 1300)
    }

    @Test func `the difficult cases are all there`() throws {
        var options = options(1200, interval("2024-02-28T06:30:00.000Z", "2024-03-06T18:15:00.500Z"))
        options.recordSize = .typical
        let asker = try Asker(options)
        let records = try asker.truth("/truth").map { try JSONReader.document(Array($0.utf8)) }
        let starts = records.compactMap { $0["conversationStart"]?.string }
        #expect(starts.first == "2024-02-28T06:30:00.000Z")
        #expect(starts.last == "2024-03-06T18:15:00.499Z")
        #expect(starts.contains("2024-03-01T00:00:00.000Z"))
        #expect(Set(starts).count < starts.count)
        #expect(records.contains { $0["conversationEnd"] == nil })
        let lasted = records.compactMap { record -> Int64? in
            guard let start = record["conversationStart"]?.string.flatMap({ Instant($0) }),
                let end = record["conversationEnd"]?.string.flatMap({ Instant($0) })
            else { return nil }
            return end - start
        }
        #expect(lasted.contains { $0 > 30 * Instant.millisecondsPerDay })
        #expect(lasted.allSatisfy { $0 >= 0 })
        let text = asker.get("/truth").text
        for piece in ["\u{2028}", #"\u2028"#, #"\ud83d\ude00"#, "田中", #"\/"#] {
            let isThere = text.contains(piece)
            #expect(isThere, "\(piece)")
        }
        let largest = records.flatMap { $0["participants"]!.elements }.flatMap { $0["sessions"]!.elements }
            .flatMap { $0["metrics"]!.elements }.compactMap { $0["value"]?.integer }.max()!
        #expect(largest > Int(Int32.max))
        let hasAttributes = text.contains("attributes")
        #expect(!hasAttributes)
    }

    @Test func `the same seed gives the same bytes and another seed others`() throws {
        var other = options(200)
        other.seed = 2
        let first = try Asker(options(200)).get("/truth").body
        #expect(first == (try Asker(options(200)).get("/truth").body))
        #expect(first != (try Asker(other).get("/truth").body))
    }

    @Test func `exactly the asked number starts in the interval, with neighbours on both sides`() throws {
        for count in [0, 1, 7, 8, 500] {
            let asker = try Asker(options(count))
            #expect(asker.truth("/truth/ids").count == count)
            #expect(asker.truth("/truth/ids?from=2024-02-29&to=2024-03-01").count >= 4)
            #expect(asker.truth("/truth/ids?from=2024-03-04&to=2024-03-05").count >= 4)
        }
    }

    @Test func `days are busy and nights are not`() throws {
        let asker = try Asker(options(5000, interval("2024-03-04", "2024-03-11")))
        let noon = asker.truth("/truth/ids?from=2024-03-05T09:00:00Z&to=2024-03-05T12:00:00Z").count
        let night = asker.truth("/truth/ids?from=2024-03-05T01:00:00Z&to=2024-03-05T04:00:00Z").count
        let sunday = asker.truth("/truth/ids?from=2024-03-10T09:00:00Z&to=2024-03-10T12:00:00Z").count
        #expect(noon > 10 * night)
        #expect(noon > 2 * sunday)
    }

    @Test func `a burst puts that many conversations on one millisecond`() throws {
        var options = options(500)
        options.tieBurst = 150
        let asker = try Asker(options)
        #expect(asker.truth("/truth/ids?from=2024-03-02T12:00:00.000Z&to=2024-03-02T12:00:00.001Z").count >= 150)
    }
}
