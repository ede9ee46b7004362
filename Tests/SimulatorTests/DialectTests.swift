import HTTP
import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

/// What each dialect answers when it is asked as its clients ask.
@Suite(.timeLimit(.minutes(1)))
struct DialectTests {
    private static let span = interval("2024-03-01", "2024-03-04")
    private static let exclusive = #""dateFrom":"2024-03-01T00:00:00.000Z","dateTo":"2024-03-04T00:00:00.000Z""#
    private static let inclusive = #""dateFrom":"2024-03-01T00:00:00.000Z","dateTo":"2024-03-03T23:59:59.999Z""#
    private static let summaries = "/dialect/summary-queries/api/v2/analytics/conversations/summary/queries"

    private static func path(_ dialect: String) -> String { "/dialect/details-query-\(dialect)\(Asker.path)" }

    private static func truth(_ asker: Asker) -> [String] { asker.truth("/truth/ids") }

    private static func ids(_ page: JSONValue, _ key: String) throws -> [String] {
        try #require(page[key]).elements.compactMap { $0["conversationId"]?.string }
    }

    @Test func `cursors lead through all pages when they come back byte for byte`() throws {
        let asker = try Asker(options(250))
        var ids: [String] = []
        var cursor: String?
        var cursors: Set<String> = []
        repeat {
            let query = "?pageSize=20" + (cursor.map { "&nextPageCursor=\($0)" } ?? "")
            let response = asker.send("POST", Self.path("cursor") + query, "{\(Self.inclusive)}")
            #expect(response.status == 200)
            let page = try response.json()
            #expect(page["totalHits"] == nil)
            ids += try Self.ids(page, "conversations")
            cursor = page["nextPageCursor"]?.string
            if let cursor { #expect(cursors.insert(cursor).inserted) }
        } while cursor != nil
        #expect(ids == Self.truth(asker))
        #expect(cursors.count == 12)
        for cursor in cursors { #expect(cursor.contains("+/=%2B'|")) }
    }

    @Test func `a cursor survives HTTP as it is`() async throws {
        var options = options(250)
        options.accessTokens = ["good"]
        let simulator = try Simulator(options)
        let url = try simulator.start()
        let client = HTTPClient()
        func page(_ more: String) async throws -> HTTPResponse {
            try await client.send(
                HTTPRequest(
                    method: "POST", url: url, target: Self.path("cursor") + "?pageSize=100" + more,
                    headers: [("Authorization", "Bearer good"), ("Content-Type", "application/json")],
                    body: Array("{\(Self.inclusive)}".utf8)))
        }
        let first = try await page("").body
        let cursor = try #require(try JSONReader.document(first)["nextPageCursor"]?.string)
        // Its bytes in the reply are not those of the text.
        #expect(!String(decoding: first, as: UTF8.self).contains(cursor))
        #expect(try await page("&nextPageCursor=\(cursor)").status == 200)
        #expect(try await page("&nextPageCursor=\(cursor.replacing("+", with: "%2B"))").status == 400)
    }

    @Test(
        arguments: [
            { $0.replacing("+", with: "%2B") }, { $0.replacing("%2B", with: "+") }, { $0.replacing("=", with: "%3D") },
            { $0.replacing("'", with: "%27") }, { $0.replacing("%", with: "%25") }, { "\"\($0)\"" }, { $0 + "=" },
            { String($0.dropLast()) }, { $0.uppercased() }, { _ in "" }, { _ in "1" }, { _ in "0.0.0" },
        ] as [@Sendable (String) -> String])
    func `a cursor that was changed on its way is refused`(change: @Sendable (String) -> String) throws {
        let asker = try Asker(options(250))
        let path = Self.path("cursor") + "?pageSize=100"
        let first = try asker.send("POST", path, "{\(Self.inclusive)}").json()
        let cursor = try #require(first["nextPageCursor"]?.string)
        let refused = asker.send("POST", path + "&nextPageCursor=" + change(cursor), "{\(Self.inclusive)}")
        #expect(refused.status == 400)
        #expect(try refused.json()["message"]?.string == "invalid cursor format")
    }

    @Test func `a cursor belongs to its interval and page size`() throws {
        let asker = try Asker(options(250))
        let first = try asker.send("POST", Self.path("cursor") + "?pageSize=100", "{\(Self.inclusive)}").json()
        let cursor = try #require(first["nextPageCursor"]?.string)
        for (size, body) in [(99, Self.inclusive), (100, Self.exclusive)] {
            let refused = asker.send(
                "POST", Self.path("cursor") + "?pageSize=\(size)&nextPageCursor=\(cursor)", "{\(body)}")
            #expect(refused.status == 400)
            #expect(try refused.json()["message"]?.string?.hasPrefix("invalid cursor:") == true)
        }
    }

    @Test func `the cursor dialect can be asked with GET, and its end belongs to the interval`() throws {
        let asker = try Asker(options(60))
        let start = "2024-03-01T00:00:00.000Z"
        let last = asker.truth("/truth").compactMap { line in
            try? JSONReader.document(Array(line.utf8))["conversationStart"]?.string
        }.last!
        let page = try asker.get(Self.path("cursor") + "?pageSize=100&dateFrom=\(start)&dateTo=\(last)").json()
        #expect(try Self.ids(page, "conversations") == Self.truth(asker))
        let token = try asker.send(
            "POST", Self.path("token"), #"{"pageSize":100,"dateFrom":"\#(start)","dateTo":"\#(last)"}"#
        ).json()
        #expect(try Self.ids(token, "entities").count < 60)
    }

    @Test func `tokens lead through all pages`() throws {
        let asker = try Asker(options(250))
        var ids: [String] = []
        var query = "?page=1"
        while true {
            let page = try asker.send("POST", Self.path("token") + query, "{\(Self.exclusive),\"pageSize\":100}").json()
            ids += try Self.ids(page, "entities")
            guard let token = page["nextPageToken"]?.string else { break }
            query = "?nextPageToken=\(token)"
        }
        #expect(ids == Self.truth(asker))
        #expect(try asker.get("/stats").json()["mixedPaging"]?.integer == 0)
    }

    @Test func `page together with a token silently loses the rest`() throws {
        let asker = try Asker(options(250))
        func page(_ query: String, _ more: String = "") -> HTTPServerResponse {
            asker.send("POST", Self.path("token") + query, "{\(Self.exclusive),\"pageSize\":100\(more)}")
        }
        let token = try #require(try page("").json()["nextPageToken"]?.string)
        #expect(try page("?nextPageToken=\(token)").json()["nextPageToken"] != nil)
        for mixed in [page("?page=2&nextPageToken=\(token)"), page("?nextPageToken=\(token)", ",\"page\":2")] {
            #expect(mixed.status == 200)
            #expect(try Self.ids(mixed.json(), "entities") == Array(Self.truth(asker)[100..<200]))
            #expect(try mixed.json()["nextPageToken"] == nil)
        }
        #expect(try asker.get("/stats").json()["mixedPaging"]?.integer == 2)
        // Counting by hand finds nothing after the second page.
        #expect(try Self.ids(page("?page=2").json(), "entities") == Array(Self.truth(asker)[100..<200]))
        #expect(page("?page=3").text == #"{"entities":[]}"#)
        for none in ["", "None", "null"] { #expect(page("?nextPageToken=\(none)").status == 400) }
        #expect(page("", ",\"nextPageToken\":null").status == 400)
    }

    @Test(arguments: [(LastCursor.absent, ""), (.null, ":null"), (.empty, ":\"\"")])
    func `the last page has no cursor, in three ways`(last: LastCursor, text: String) throws {
        var options = options(20)
        options.lastCursor = last
        let asker = try Asker(options)
        for (dialect, name) in [("cursor", "nextPageCursor"), ("token", "nextPageToken")] {
            let page = asker.send("POST", Self.path(dialect) + "?pageSize=100", "{\(Self.inclusive)}").text
            let isThere = page.hasSuffix(text.isEmpty ? "}]}" : ",\"\(name)\"\(text)}")
            #expect(isThere, "\(page.suffix(60))")
        }
    }

    @Test func `numbered pages tell how many there are`() throws {
        let asker = try Asker(options(250))
        let body = #"{"interval":"\#(Self.span.apiText)","view":"default","groupBy":["conversationId"]}"#
        for number in 1...4 {
            let paged = asker.send("POST", Self.path("paged") + "?pageSize=100&pageNumber=\(number)", body)
            let counted = asker.send(
                "POST", Self.path("pagecount"),
                #"{"interval":"\#(Self.span.apiText)","paging":{"pageSize":100,"pageNumber":\#(number)}}"#)
            let summary = asker.send(
                "POST", Self.summaries, "{\(Self.inclusive),\"pageSize\":100,\"pageNumber\":\(number)}")
            let expected = Array(Self.truth(asker).dropFirst(100 * (number - 1)).prefix(100))
            #expect(try Self.ids(paged.json(), "conversations") == expected)
            #expect(try Self.ids(counted.json(), "data") == expected)
            #expect(try Self.ids(summary.json(), "entities") == expected)
            #expect(try paged.json()["pageCount"]?.integer == 3)
            #expect(paged.header("X-Page-Count") == "3")
            #expect(
                counted.text.hasPrefix(
                    #"{"paging":{"pageSize":100,"pageNumber":\#(number),"pageCount":3},"data":["#))
            #expect(summary.header("X-Page-Count") == "3")
            #expect(try summary.json()["pageCount"]?.integer == 3)
            for page in [paged, counted, summary] { #expect(try page.json()["totalHits"] == nil) }
        }
        let got = asker.get(
            Self.summaries + "?dateFrom=2024-03-01T00:00:00Z&dateTo=2024-03-03T23:59:59.999Z&page=3&pageSize=100")
        #expect(try Self.ids(got.json(), "entities").count == 50)
    }

    @Test(arguments: [
        ("cursor?pageSize=101", inclusive, "pageSize"), ("cursor?pageSize=x", inclusive, "pageSize"),
        ("cursor?page=1", inclusive, "page"), ("cursor", #"\#(inclusive),"nextPageCursor":"x""#, "query string"),
        ("cursor", #""dateFrom":"2024-03-01T00:00:00Z""#, "together"), ("cursor", #""dateFrom":1"#, "dateFrom"),
        ("cursor", #""dateFrom":"x","dateTo":"y""#, "ISO-8601"), ("cursor", "", "interval"),
        ("cursor", #"\#(inclusive),"interval":"\#(span.apiText)""#, "not both"),
        ("token", #"\#(exclusive),"pageSize":101"#, "pageSize"), ("token", #"\#(exclusive),"filters":[]"#, "filters"),
        ("paged?pageSize=1001", exclusive, "pageSize"), ("paged?pageNumber=0", exclusive, "pageNumber"),
        ("paged", #"\#(exclusive),"pageSize":10"#, "query string"), ("pagecount", exclusive, "Invalid paging object"),
        ("pagecount", #"\#(exclusive),"paging":{"pageSize":1001,"pageNumber":1}"#, "Invalid paging object"),
        ("pagecount", #"\#(exclusive),"paging":{"pageSize":10}"#, "Invalid paging object"),
    ])
    func `a request that is wrong is refused with 400`(query: String, members: String, message: String) throws {
        let parts = query.split(separator: "?", maxSplits: 1)
        let path = Self.path(String(parts[0])) + (parts.count == 2 ? "?\(parts[1])" : "")
        let response = try Asker(options(10)).send("POST", path, "{\(members)}")
        #expect(response.status == 400)
        #expect(try response.json()["message"]?.string?.contains(message) == true, "\(response.text)")
    }

    @Test func `the summary takes up to 250 and every dialect keeps its methods`() throws {
        var asker = try Asker(options(10))
        #expect(asker.send("POST", Self.summaries, "{\(Self.inclusive),\"pageSize\":250}").status == 200)
        #expect(asker.send("POST", Self.summaries, "{\(Self.inclusive),\"pageSize\":251}").status == 400)
        #expect(asker.get(Self.path("paged")).status == 405)
        #expect(asker.send("POST", "/dialect/nonsense" + Asker.path, "{}").status == 404)
        #expect(asker.send("POST", "/dialect/details-query" + Asker.path, "{}").status == 400)
        #expect(
            asker.get("/dialect/details-query-paged/api/v2/organizations/limits/namespaces/analytics").status == 200)
        let login = "grant_type=client_credentials&client_id=simulator&client_secret=simulator-secret"
        asker.token = nil
        let granted = asker.send(
            "POST", "/dialect/details-query-token/oauth/token", login,
            headers: [("Content-Type", "application/x-www-form-urlencoded")])
        #expect(granted.status == 200)
        let requests = try asker.get("/stats").json()["requests"]
        #expect(requests?["details-query-paged"]?["405"]?.integer == 1)
        #expect(requests?["summary-queries"]?["200"]?.integer == 1)
        #expect(requests?["other"]?["404"]?.integer == 1)
        #expect(try asker.get("/stats").json()["apiRequests"]?.integer == 5)
    }

    @Test func `the faults of walks strike the dialects`() throws {
        var options = options(250)
        options.faultScript = Array(
            #"""
            {"rules":[
            {"match":{"endpoint":"details-query-cursor","request":2},"fault":{"kind":"cursorRepeat"}},
            {"match":{"endpoint":"details-query-cursor","page":3},"times":1,"fault":{"kind":"cursorInvalid"}},
            {"match":{"endpoint":"details-query-token","request":1},"fault":{"kind":"emptyPage","array":true}},
            {"match":{"endpoint":"details-query-paged"},"times":1,"fault":{"kind":"stalePageCount","by":-2}},
            {"match":{"endpoint":"details-query-pagecount"},"fault":{"kind":"stalePageCount","by":5,"in":"body"}},
            {"match":{"endpoint":"summary-queries"},"fault":{"kind":"stalePageCount","by":-9,"in":"header"}}
            ]}
            """#.utf8)
        let asker = try Asker(options)
        func cursor(_ cursor: String? = nil) throws -> HTTPServerResponse {
            asker.send(
                "POST", Self.path("cursor") + "?pageSize=100" + (cursor.map { "&nextPageCursor=\($0)" } ?? ""),
                "{\(Self.inclusive)}")
        }
        let second = try #require(try cursor().json()["nextPageCursor"]?.string)
        let repeating = try cursor(second).json()
        #expect(try Self.ids(repeating, "conversations") == Array(Self.truth(asker)[100..<200]))
        #expect(repeating["nextPageCursor"]?.string == second)
        let third = try #require(try cursor(second).json()["nextPageCursor"]?.string)
        #expect(third != second)
        #expect(try cursor(third).json()["message"]?.string == "invalid cursor format")
        #expect(try Self.ids(cursor(third).json(), "conversations") == Array(Self.truth(asker)[200...]))

        let empty = try asker.send("POST", Self.path("token"), "{\(Self.exclusive)}").json()
        #expect(empty["entities"] == .array([]))
        #expect(empty["nextPageToken"]?.string != nil)

        let paged = asker.send("POST", Self.path("paged") + "?pageSize=100", "{\(Self.exclusive)}")
        #expect(paged.header("X-Page-Count") == "1")
        #expect(try paged.json()["pageCount"]?.integer == 1)
        #expect(
            asker.send("POST", Self.path("paged") + "?pageSize=100", "{\(Self.exclusive)}").header("X-Page-Count")
                == "3"
        )
        let counted = asker.send(
            "POST", Self.path("pagecount"), "{\(Self.exclusive),\"paging\":{\"pageSize\":100,\"pageNumber\":9}}")
        #expect(counted.text == #"{"paging":{"pageSize":100,"pageNumber":9,"pageCount":8},"data":[]}"#)
        let summary = asker.send("POST", Self.summaries, "{\(Self.inclusive),\"pageSize\":100}")
        #expect(summary.header("X-Page-Count") == "0")
        #expect(try summary.json()["pageCount"]?.integer == 3)
    }
}
