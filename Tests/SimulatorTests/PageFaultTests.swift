import HTTP
import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

/// The faults that change what a page holds or how it is wrapped, at whichever endpoint has pages.
@Suite(.timeLimit(.minutes(1)))
struct PageFaultTests {
    private static let span = interval("2024-03-01", "2024-03-04")

    private static func asker(_ fault: String, endpoint: String = "details-query") throws -> Asker {
        var options = options(40)
        options.jobTime = .zero
        options.faultScript = Array(
            #"{"rules":[{"match":{"endpoint":"\#(endpoint)","request":1},"fault":{"kind":\#(fault)}}]}"#.utf8)
        return try Asker(options)
    }

    /// The spoilt answer, and then the right one.
    private static func answers(_ fault: String) throws -> (spoilt: HTTPServerResponse, right: HTTPServerResponse) {
        let asker = try asker(fault)
        return (asker.query(span), asker.query(span))
    }

    @Test(arguments: [
        ("nullID", #""conversationId":null,"#), ("numericID", #""conversationId":4711,"#),
        ("emptyID", #""conversationId":"","#), ("withoutID", ""),
    ]) func `the first record has no usable id`(change: String, text: String) throws {
        let (spoilt, right) = try Self.answers(#""mutate","change":"\#(change)""#)
        let id = try right.page().ids[0]
        #expect(spoilt.text == right.text.replacing("\"conversationId\":\"\(id)\",", with: text))
    }

    @Test func `ids come twice, on a page and in a record`() throws {
        let (duplicate, right) = try Self.answers(#""mutate","change":"duplicateID""#)
        let ids = try right.page().ids
        #expect(duplicate.text == right.text.replacing(ids[1], with: ids[0]))
        let (twice, _) = try Self.answers(#""mutate","change":"twoIDs""#)
        let first = try #require(try right.page().records?[0])
        #expect(twice.text == right.text.replacing(first, with: first.dropLast() + #","conversationId":"another"}"#))
    }

    @Test func `records lose their start or their shape`() throws {
        let (without, right) = try Self.answers(#""mutate","change":"withoutStart""#)
        #expect(try without.json()["conversations"]?.elements[0]["conversationStart"] == nil)
        #expect(try without.json()["conversations"]?.elements[1] == right.json()["conversations"]?.elements[1])
        let (none, _) = try Self.answers(#""mutate","change":"notAnObject""#)
        #expect(try none.json()["conversations"]?.elements[0] == .string("no record"))
    }

    @Test func `a printed page means the same`() throws {
        let (pretty, right) = try Self.answers(#""mutate","change":"prettyPrinted""#)
        #expect(try pretty.json() == right.json())
        #expect(pretty.text.hasPrefix("{\n  \"conversations\" : [\n    {\n      \""))
        let fixture = try Fixture(pretty.body)
        #expect(fixture.bytes == (try Fixture(right.body)).bytes)
        #expect(
            String(decoding: PrettyPrinter.printed(Array(#"{"a":[],"b":{}}"#.utf8)), as: UTF8.self)
                == "{\n  \"a\" : [],\n  \"b\" : {}\n}")
    }

    @Test func `records and pages grow`() throws {
        let (record, right) = try Self.answers(#""oversizedRecord","bytes":300000"#)
        let records = try #require(try record.page().records)
        #expect(records[0].utf8.count == 300_000)
        #expect(try records.dropFirst() == right.page().records?.dropFirst())
        #expect(
            try SwaggerValidator().faults(in: record.json(), as: "AnalyticsConversationQueryResponse") == [])
        let (page, same) = try Self.answers(#""hugePage","bytes":1000000"#)
        #expect(page.body.count == same.body.count + 1_000_000)
        #expect(try page.json() == same.json())
    }

    @Test func `a large record is part of the truth`() throws {
        var options = options(40)
        options.largeRecordBytes = 300_000
        let asker = try Asker(options)
        let lengths = asker.truth("/truth").map(\.utf8.count).sorted()
        #expect(lengths.last == 300_000)
        #expect(lengths[38] < 2000)
        #expect(try asker.query(Self.span).page().records == asker.truth("/truth"))
    }

    @Test func `the wrapping of a page is wrong`() throws {
        let (marked, right) = try Self.answers(#""bom""#)
        #expect(marked.body == [0xEF, 0xBB, 0xBF] + right.body)
        let (plain, _) = try Self.answers(#""wrongContentType""#)
        #expect(plain.body == right.body)
        #expect(plain.headers.filter { $0.0 == "Content-Type" }.map(\.1) == ["text/plain"])
        let (other, _) = try Self.answers(#""wrongContentType","type":"application/octet-stream""#)
        #expect(other.header("Content-Type") == "application/octet-stream")
    }

    @Test(arguments: [1, 70_000, 3_000_000]) func `a bomb is small and inflates to the page`(bytes: Int) async throws {
        var options = options(200)
        options.accessTokens = ["good"]
        options.faultScript = Array(#"{"rules":[{"times":1,"fault":{"kind":"gzipBomb","bytes":\#(bytes)}}]}"#.utf8)
        let simulator = try Simulator(options)
        let url = try simulator.start()
        let client = HTTPClient()
        func page() async throws -> HTTPResponse {
            try await client.send(
                HTTPRequest(
                    method: "POST", url: url, target: Asker.path,
                    headers: [("Authorization", "Bearer good"), ("Content-Type", "application/json")],
                    body: Array(
                        "{\"interval\":\"\(Self.span.apiText)\",\"paging\":{\"pageSize\":100,\"pageNumber\":1}}".utf8),
                    acceptGzip: true))
        }
        let bomb = try await page()
        let right = try await page()
        #expect(bomb.body.count >= right.body.count + bytes)
        #expect(bomb.wireBytes < right.body.count + bytes / 150 + 100)
        #expect(bomb.body.suffix(right.body.count).elementsEqual(right.body))
        #expect(bomb.body.dropLast(right.body.count).allSatisfy { $0 == UInt8(ascii: " ") })
    }

    @Test func `pages of results and of the dialects suffer the same`() throws {
        let results = try Self.asker(#""mutate","change":"nullID""#, endpoint: "job-results")
        let jobs = "/api/v2/analytics/conversations/details/jobs"
        let id = try #require(
            try results.send("POST", jobs, "{\"interval\":\"\(Self.span.apiText)\"}").json()["jobId"]?.string)
        #expect(
            try results.get("\(jobs)/\(id)/results").json()["conversations"]?.elements[0]["conversationId"] == .null)
        for (dialect, key) in [("cursor", "conversations"), ("token", "entities"), ("paged", "conversations")] {
            let asker = try Self.asker(#""mutate","change":"nullID""#, endpoint: "details-query-\(dialect)")
            let page = try asker.send(
                "POST", "/dialect/details-query-\(dialect)\(Asker.path)?pageSize=10",
                "{\"interval\":\"\(Self.span.apiText)\"}"
            ).json()
            #expect(page[key]?.elements[0]["conversationId"] == .null)
            #expect(page[key]?.elements.count == 10)
        }
    }

    @Test(arguments: Endpoint.allCases) func `every endpoint can fail`(endpoint: Endpoint) throws {
        var options = options(10)
        options.jobTime = .zero
        options.faultScript = Array(
            #"{"rules":[{"match":{"endpoint":"\#(endpoint.rawValue)"},"fault":{"kind":"status","status":503}}]}"#.utf8)
        let asker = try Asker(options)
        let body = "{\"interval\":\"\(Self.span.apiText)\",\"paging\":{\"pageSize\":10,\"pageNumber\":1}}"
        let plain = "{\"interval\":\"\(Self.span.apiText)\"}"
        let jobs = "/api/v2/analytics/conversations/details/jobs"
        let job = try asker.send("POST", jobs, plain).json()["jobId"]?.string ?? ""
        let response =
            switch endpoint {
            case .token: asker.send("POST", "/oauth/token")
            case .limits: asker.get("/api/v2/organizations/limits/namespaces/analytics")
            case .detailsQuery: asker.send("POST", Asker.path, plain)
            case .pageCountQuery: asker.send("POST", "/dialect/\(endpoint.rawValue)\(Asker.path)", body)
            case .cursorQuery, .tokenQuery, .pagedQuery:
                asker.send("POST", "/dialect/\(endpoint.rawValue)\(Asker.path)", plain)
            case .summaryQueries: asker.send("POST", "/api/v2/analytics/conversations/summary/queries", plain)
            case .jobSubmit: asker.send("POST", jobs, plain)
            case .jobStatus: asker.get("\(jobs)/\(job)")
            case .jobResults: asker.get("\(jobs)/\(job)/results")
            case .jobDelete: asker.send("DELETE", "\(jobs)/\(job)")
            case .jobAvailability: asker.get("\(jobs)/availability")
            }
        #expect(response.status == 503)
        #expect(try response.json()["code"]?.string == "service.unavailable")
    }
}
