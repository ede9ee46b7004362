import HTTP
import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

/// Every kind of fault, as a client meets it.
@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    private static let day = interval("2024-03-01", "2024-03-04")

    /// A simulator on loopback and a client of it.
    private struct Service {
        let simulator: Simulator
        let client = HTTPClient()
        let url: String

        init(_ rules: String, _ change: (inout SimulatorOptions) -> Void = { _ in }) throws {
            var options = options(250)
            options.accessTokens = ["good"]
            options.faultScript = Array(#"{"rules":[\#(rules)]}"#.utf8)
            change(&options)
            simulator = try Simulator(options)
            url = try simulator.start()
        }

        func query(page: Int = 1, acceptGzip: Bool = false) async throws(HTTPError) -> HTTPResponse {
            let body = """
                {"interval":"\(FaultTests.day.apiText)","paging":{"pageSize":100,"pageNumber":\(page)}}
                """
            return try await client.send(
                HTTPRequest(
                    method: "POST", url: url, target: Asker.path,
                    headers: [("Authorization", "Bearer good"), ("Content-Type", "application/json")],
                    body: Array(body.utf8), acceptGzip: acceptGzip))
        }

        func page(_ page: Int = 1) async throws -> ReadPage { try ReadPage(try await query(page: page).body) }

        func login() async throws(HTTPError) -> HTTPResponse {
            try await client.send(
                HTTPRequest(
                    method: "POST", url: url, target: "/oauth/token",
                    headers: [("Content-Type", "application/x-www-form-urlencoded")],
                    body: Array(
                        "grant_type=client_credentials&client_id=simulator&client_secret=simulator-secret".utf8)))
        }
    }

    @Test func `any status comes with its error body and Retry-After`() async throws {
        let service = try Service(
            #"""
            {"match":{"request":1},"fault":{"kind":"status","status":503}},
            {"match":{"request":2},"fault":{"kind":"status","status":429,"retryAfter":7,"code":"c","message":"m"}},
            {"match":{"request":3},"fault":{"kind":"status","status":408}}
            """#)
        for (status, code, retryAfter) in [
            (503, "service.unavailable", nil), (429, "c", "7"), (408, "client.timeout", nil),
        ] {
            let response = try await service.query()
            #expect(response.status == status)
            #expect(response.header("Retry-After") == retryAfter)
            let body = try JSONReader.document(response.body)
            #expect(body["code"]?.string == code)
            #expect(body["contextId"]?.string == response.header("ININ-Correlation-Id"))
        }
        #expect(try await service.query().status == 200)
        #expect(service.simulator.statistics.requests["details-query"] == [503: 1, 429: 1, 408: 1, 200: 1])
        #expect(service.simulator.statistics.faults == 3)
    }

    @Test func `a storm answers so many requests with 429`() async throws {
        let service = try Service(#"{"match":{"request":2},"fault":{"kind":"429-storm","requests":3,"retryAfter":4}}"#)
        var statuses: [Int] = []
        for _ in 0..<6 { statuses.append(try await service.query().status) }
        #expect(statuses == [200, 429, 429, 429, 200, 200])
    }

    @Test func `a storm passes with time`() throws {
        var options = options(10)
        options.faultScript = Array(
            #"{"rules":[{"match":{"request":1},"fault":{"kind":"429-storm","duration":"5s","retryAfter":2}}]}"#.utf8)
        let asker = try Asker(options)
        #expect(asker.query(Self.day).header("Retry-After") == "2")
        asker.time.advance(.milliseconds(4999))
        #expect(asker.query(Self.day).status == 429)
        asker.time.advance(.milliseconds(1))
        #expect(asker.query(Self.day).status == 200)
    }

    @Test(arguments: [#""reset","after":5000"#, #""reset","after":0"#, #""truncate","after":5000"#, #""drop""#])
    func `a broken connection is an error and the next request is answered`(fault: String) async throws {
        let service = try Service(#"{"match":{"request":1},"fault":{"kind":\#(fault)}}"#)
        await #expect(throws: HTTPError.self) { try await service.query() }
        #expect(try await service.page().ids.count == 100)
    }

    @Test func `cut JSON is a complete answer that is no JSON`() async throws {
        let service = try Service(
            #"{"match":{"request":1},"fault":{"kind":"truncateJSON"}},{"match":{"request":2},"fault":{"kind":"truncateJSON","after":10}}"#
        )
        let whole = try Asker(options(250)).query(Self.day).body
        let half = try await service.query(acceptGzip: true)
        #expect(half.status == 200)
        #expect(half.body == Array(whole.prefix(whole.count / 2)))
        #expect(throws: JSONError.self) { try JSONReader.document(half.body) }
        #expect(try await service.query().body == Array(whole.prefix(10)))
    }

    @Test func `a slow or late answer is the right one`() async throws {
        let service = try Service(
            #"""
            {"match":{"request":1},"fault":{"kind":"slow","chunk":20000,"every":"5ms"}},
            {"match":{"request":2},"fault":{"kind":"delay","duration":"60ms"}}
            """#)
        let right = try Asker(options(250)).query(Self.day).body
        let clock = ContinuousClock()
        let pieces = right.count / 20_000
        var begun = clock.now
        #expect(try await service.query().body == right)
        #expect(clock.now - begun >= .milliseconds(5 * pieces))
        begun = clock.now
        #expect(try await service.query().body == right)
        #expect(clock.now - begun >= .milliseconds(60))
    }

    @Test func `expired tokens have to be replaced`() async throws {
        let service = try Service(#"{"match":{"request":2},"fault":{"kind":"expireTokens"}}"#)
        #expect(try await service.query().status == 200)
        #expect(try await service.query().status == 401)
        #expect(try await service.query().status == 401)
        #expect(try await service.login().status == 200)
    }

    @Test func `pages are empty, repeated, shifted or short`() async throws {
        let service = try Service(
            #"""
            {"match":{"request":1},"fault":{"kind":"emptyPage"}},
            {"match":{"request":2},"fault":{"kind":"emptyPage","array":true}},
            {"match":{"request":3},"fault":{"kind":"duplicatePage"}},
            {"match":{"request":4},"fault":{"kind":"mutate","change":"shift"}},
            {"match":{"request":5},"fault":{"kind":"mutate","change":"dropRecord"}},
            {"match":{"request":6},"fault":{"kind":"totalDrift","by":-3}},
            {"match":{"request":8},"fault":{"kind":"mutate","change":"shiftBack"}},
            {"match":{"request":9},"fault":{"kind":"mutate","change":"shiftBack"}}
            """#)
        let all = try Asker(options(250)).truth("/truth/ids")
        #expect(try await service.query().body == Array(#"{"totalHits":250}"#.utf8))
        #expect(try await service.query().body == Array(#"{"conversations":[],"totalHits":250}"#.utf8))
        #expect(try await service.page(2).ids == Array(all[0..<100]))
        #expect(try await service.page(2).ids == Array(all[101..<201]))
        #expect(try await service.page(3).ids == Array(all[200..<249]))
        let drifted = try await service.page(1)
        #expect(drifted.total == 247)
        #expect(drifted.ids == Array(all[0..<100]))
        let right = try await service.page(2)
        #expect(right.total == 250)
        #expect(right.ids == Array(all[100..<200]))
        #expect(try await service.page(3).ids == Array(all[199..<249]))
        #expect(try await service.page(1).ids == Array(all[0..<99]))
    }

    @Test func `records lose their id or their end and nothing else`() async throws {
        let service = try Service(
            #"""
            {"match":{"request":1},"fault":{"kind":"mutate","change":"withoutID"}},
            {"match":{"request":2},"fault":{"kind":"mutate","change":"reopen"}},
            {"match":{"request":3},"fault":{"kind":"mutate","change":"whitespace"}}
            """#)
        let right = try Asker(options(250)).query(Self.day)
        let first = try right.json()["conversations"]!.elements[0]
        let id = #""conversationId":"\#(first["conversationId"]!.string!)","#
        let end = #""conversationEnd":"\#(first["conversationEnd"]!.string!)","#
        #expect(try await service.query().body == Array(right.text.replacing(id, with: "").utf8))
        let reopened = try await service.query().body
        #expect(reopened.count == right.body.count - end.utf8.count)
        #expect(try JSONReader.document(reopened)["conversations"]!.elements[0]["conversationEnd"] == nil)
        let spaced = try await service.query().body
        #expect(spaced.count > right.body.count)
        #expect(try JSONReader.document(spaced) == right.json())
    }

    @Test func `a proxy answers with HTML and compression breaks`() async throws {
        let service = try Service(
            #"""
            {"match":{"request":1},"fault":{"kind":"html"}},
            {"match":{"request":2},"fault":{"kind":"html","status":502}},
            {"match":{"request":3},"fault":{"kind":"gzipCorrupt"}}
            """#)
        let page = try await service.query()
        #expect(page.status == 200)
        #expect(page.header("Content-Type") == "text/html")
        #expect(try await service.query().status == 502)
        await #expect(throws: HTTPError.self) { try await service.query(acceptGzip: true) }
        #expect(try await service.query(acceptGzip: true).status == 200)
    }

    @Test func `the token endpoint can fail as well`() async throws {
        let service = try Service(#"{"match":{"endpoint":"token","request":1},"fault":{"kind":"status","status":500}}"#)
        #expect(try await service.login().status == 500)
        #expect(try await service.login().status == 200)
        #expect(try await service.query().status == 200)
    }
}
