import HTTP
import HTTPServer
import Testing
import TrawlCore
import TrawlSource

/// What three texts say about walking by page number and page count, rule by rule, over HTTP. The comment of each test
/// names its text.
struct PageCountRuleTests {
    /// Five records, two a page, whatever the page count says.
    private static func ids(_ number: Int) -> [String] {
        (1...5).dropFirst((number - 1) * 2).prefix(2).map { "id-\($0)" }
    }

    private static let all: Set<String> = ["id-1", "id-2", "id-3", "id-4", "id-5"]

    /// The number of a page in the query string.
    private static func pageNumber(_ request: HTTPServerRequest) -> Int {
        (request.query ?? "").split(separator: "&").compactMap { pair in
            pair.hasPrefix("pageNumber=") ? Int(pair.dropFirst(11)) : nil
        }.first ?? 0
    }

    // 002_14ad6d909f4b1e5b.txt: "the pageSize and pageNumber parameters"; the body holds the interval
    @Test func `page size and number go into the query string, the interval into the body`() async throws {
        let walk = try await HTTPWalk.walk("details-query-paged") { _, request in
            .page("conversations", Self.ids(Self.pageNumber(request)), #","pageCount":3"#)
        }
        #expect(walk.queries == [1, 2, 3, 4, 4, 4, 4].map { "pageSize=2&pageNumber=\($0)" })
        #expect(Set(walk.bodies) == [#"{"interval":"2024-03-01T00:00:00.000Z/2024-03-01T01:00:00.000Z"}"#])
        #expect(walk.ids == Self.all && walk.proof.pageCount == 3 && walk.proof.verdict == .unverifiable)
    }

    // 002_14ad6d909f4b1e5b.txt: "The maximum pageSize for this endpoint is typically 1000"; 003_d28dbfee1160af21.txt:
    // "Ensure pageSize is between 1 and 1000"; 004_4c8911592cd19e15.txt asks for 250; 000_ac54304694d6aed0.txt: "try
    // setting pageSize to something small like 100"
    @Test func `page sizes have the bounds that the texts give`() {
        let bounds = EndpointProfile.builtIn.map(\.paging.pageSize.bounds)
        #expect(bounds == [1...100, 1...10000, 1...100, 1...100, 1...1000, 1...1000, 1...250])
    }

    // 002_14ad6d909f4b1e5b.txt: "it returns a pageCount in the response headers or body"
    @Test(
        arguments: [
            (#","pageCount":7"#, nil, 7), (#","pageCount":7"#, "3", 3), ("", "3", 3), (#","pageCount":7"#, "soon", 7),
            (#","pageCount":7"#, "3.0", 7), (#","pageCount":"7""#, nil, nil), (#","pageCount":-1"#, "-3", nil),
            (#","pageCount":null"#, nil, nil),
        ] as [(String, String?, Int?)])
    func `the header wins over the body, and what is no count is none`(body: String, header: String?, count: Int?)
        async throws
    {
        let walk = try await HTTPWalk.walk("details-query-paged") { _, request in
            .page(
                "conversations", Self.ids(Self.pageNumber(request)), body,
                headers: header.map { [("x-page-count", $0)] } ?? [])
        }
        #expect(walk.proof.pageCount == count)
        #expect(walk.ids == Self.all)
    }

    // 003_d28dbfee1160af21.txt: "this endpoint requires a paging object inside the JSON payload"; "You do not set
    // pageCount in the request"; "1-based index"
    @Test func `the paging object is in the body, and has no page count`() async throws {
        let walk = try await HTTPWalk.walk("details-query-pagecount") { _, request in
            .page("data", Self.ids(request.number("pageNumber") ?? 0), #","paging":{"pageSize":2,"pageCount":3}"#)
        }
        #expect(
            walk.bodies[0]
                == #"{"interval":"2024-03-01T00:00:00.000Z/2024-03-01T01:00:00.000Z","paging":{"pageNumber":1,"pageSize":2}}"#
        )
        #expect(walk.queries.allSatisfy { $0.isEmpty })
        #expect(walk.ids == Self.all && walk.proof.pageCount == 3)
    }

    // 003_d28dbfee1160af21.txt: "dynamically calculates the total number of pages based on the pageCount response field":
    // its loop reads the count of every page anew
    @Test func `the page count is read anew from every page`() async throws {
        let walk = try await HTTPWalk.walk("details-query-pagecount") { count, request in
            .page("data", Self.ids(request.number("pageNumber") ?? 0), #","paging":{"pageCount":\#(count)}"#)
        }
        #expect(walk.proof.pageCount == walk.requests.count)
    }

    // 003_d28dbfee1160af21.txt: `total_pages = paging.get("pageCount", 1)` ends after one page without a count
    @Test(arguments: ["", #","paging":{}"#, #","paging":null"#, #","paging":[]"#, #","paging":{"pageCount":0}"#])
    func `a page count that is missing or too small ends nothing`(paging: String) async throws {
        let walk = try await HTTPWalk.walk("details-query-pagecount") { _, request in
            .page("data", Self.ids(request.number("pageNumber") ?? 0), paging)
        }
        #expect(walk.ids == Self.all)
    }

    // 003_d28dbfee1160af21.txt: "If your token expires mid-pagination loop, the subsequent requests will fail with 401"
    @Test func `a token that expires in mid-walk is refreshed, and the walk goes on with its page`() async throws {
        let walk = try await HTTPWalk.walk("details-query-pagecount") { _, request in
            let number = request.number("pageNumber") ?? 0
            if number >= 2, request.header("Authorization") == "Bearer token-1" {
                return .error(401, "bad.credentials")
            }
            return .page("data", Self.ids(number))
        }
        #expect(walk.requests.map { $0.number("pageNumber") } == [1, 2, 2, 3, 4, 4, 4, 4])
        #expect(walk.ids == Self.all && walk.proof.walks == 1)
    }

    // 004_4c8911592cd19e15.txt: the payload of the last answer, its end inclusive
    @Test func `summary queries have dates and paging side by side in the body`() async throws {
        let walk = try await HTTPWalk.walk("summary-queries") { _, request in
            .page("entities", Self.ids(request.number("pageNumber") ?? 0))
        }
        #expect(
            walk.bodies[0]
                == #"{"dateFrom":"2024-03-01T00:00:00.000Z","dateTo":"2024-03-01T00:59:59.999Z","pageNumber":1,"pageSize":2}"#
        )
        #expect(walk.targets.allSatisfy { $0 == "/api/v2/analytics/conversations/summary/queries" })
        #expect(walk.ids == Self.all)
    }

    // 004_4c8911592cd19e15.txt: "Stop on empty entities, not the header count"; "Relying on pageCount causes infinite loops
    // when the API returns stale metadata"; "When you exceed the estimated pages, the API may return an empty entities
    // array but keep the metadata consistent with the initial estimate"
    @Test(arguments: ["1", "2", "3", "99999"])
    func `empty entities end the walk, whatever the header counts`(header: String) async throws {
        let walk = try await HTTPWalk.walk("summary-queries") { _, request in
            .page(
                "entities", Self.ids(request.number("pageNumber") ?? 0), headers: [("X-Page-Count", header)])
        }
        #expect(walk.ids == Self.all && walk.requests.count == 4 + 3)
        #expect(walk.proof.end == .emptyPage && walk.proof.verdict == .unverifiable)
    }

    // 004_4c8911592cd19e15.txt: "If the header indicates more pages exist but the entities array is empty, I introduce a
    // small exponential backoff"; an empty page may be "a transient filter mismatch rather than actual completion"
    @Test(arguments: ["3", nil]) func `empty entities are asked again before they are the end`(header: String?)
        async throws
    {
        let walk = try await HTTPWalk.walk("summary-queries") { count, request in
            let number = request.number("pageNumber") ?? 0
            let ids = (2...4).contains(count) ? [] : Self.ids(number)
            return .page("entities", ids, headers: header.map { [("X-Page-Count", $0)] } ?? [])
        }
        #expect(walk.requests.map { $0.number("pageNumber") } == [1, 2, 2, 2, 2, 3, 4, 4, 4, 4])
        #expect(walk.ids == Self.all && walk.repeats == 6)
    }

    // 004_4c8911592cd19e15.txt: "Is there a specific header or parameter I am missing to ensure the server respects the
    // pageNumber increment?"
    @Test func `an endpoint that ignores the page number is no finished walk`() async throws {
        let walk = try await HTTPWalk.walk("summary-queries") { _, _ in
            .page("entities", Self.ids(1), headers: [("X-Page-Count", "3")])
        }
        #expect(walk.proof.verdict == .short && walk.proof.walks == 5 && walk.proof.repeatedPages == 5)
    }

    // 004_4c8911592cd19e15.txt: "Make sure you validate the response payload before incrementing the page counter"
    @Test(arguments: [#"{"entities":{}}"#, #"{"entities":[}"#, "", "[]"])
    func `a page that is none does not count`(body: String) async throws {
        do {
            _ = try await HTTPWalk.walk("summary-queries") { _, _ in .json(body) }
            Issue.record("no failure")
        } catch let error as FetchFailure {
            #expect(error.kind == "transient")
        }
    }
}
