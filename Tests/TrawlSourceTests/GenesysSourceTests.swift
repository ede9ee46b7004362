import HTTP
import HTTPServer
import Testing
import TrawlCore
import TrawlSource

struct GenesysSourceTests {
    @Test func `a request carries the token, the interval, the page and the filter`() async throws {
        let service = try Service(path: "/gateway")
        let filter = JSONValue.object([
            "order": .string("unordered"), "segmentFilters": .array([.object(["type": .string("or")])]),
        ])
        let page = try await service.source(filter: filter).fetch(anHour)
        #expect(page.records.ids == ["a"])
        #expect(page.total == 1)
        #expect(page.wireBytes == HTTPServerResponse.page.body.count)
        let request = try #require(await service.journal.queries.first)
        #expect(request.method == "POST")
        #expect(request.header("Authorization") == "Bearer token-1")
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("Accept") == "application/json")
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"interval":"2024-03-01T00:00:00.000Z/2024-03-01T01:00:00.000Z","order":"unordered","#
                + #""orderBy":"conversationStart","paging":{"pageNumber":3,"pageSize":100},"segmentFilters":[{"type":"or"}]}"#
        )
    }

    @Test(arguments: [
        (JSONValue.object(["interval": .string("x")]), "interval"), (.object(["a": .null, "paging": .null]), "paging"),
        (.array([]), "object"), (.null, "object"),
    ])
    func `a filter that sets what the walk sets is refused in one line`(filter: JSONValue, word: String) throws {
        let service = try Service()
        let error = #expect(throws: FilterError.self) { _ = try service.source(filter: filter) }
        #expect(error?.description.contains(word) == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `the digest stands for the page's bytes`() async throws {
        let service = try Service(query: { count, _ in
            .json(#"{"conversations":[\#(record(count < 3 ? "a" : "b"))],"totalHits":1}"#)
        })
        let source = try service.source()
        let digests = [try await source.fetch(anHour), try await source.fetch(anHour), try await source.fetch(anHour)]
            .map(\.digest)
        #expect(digests[0] == digests[1])
        #expect(digests[1] != digests[2])
    }

    @Test func `a refused token is replaced once, by the next request`() async throws {
        let service = try Service(query: { _, request in
            request.header("Authorization") == "Bearer token-2" ? .page : .error(401, "bad.credentials")
        })
        let source = try service.source()
        try await source.prepare()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do throws(FetchFailure) {
                        _ = try await source.fetch(anHour)
                    } catch {
                        #expect(error.kind == "tokenRefused")
                        _ = try await source.fetch(anHour)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await service.journal.logins.count == 2)
    }

    @Test func `a call makes one request, also when its token is refused`() async throws {
        let service = try Service(query: { _, _ in .error(401, "ip.not.authorized", "not from there") })
        let source = try service.source()
        let failure = try await failure(of: source)
        #expect(failure.kind == "tokenRefused")
        #expect(failure.description.contains("ip.not.authorized: not from there"))
        #expect(failure.detail.correlationID == "ctx-1")
        #expect(await service.journal.queries.count == 1)
        try await source.prepare()
        #expect(await service.journal.logins.count == 2)
    }

    @Test func `a fixed token that is refused is not tried again`() async throws {
        let service = try Service(query: { _, _ in .error(401, "bad.credentials", "for given-token") })
        let failure = try await failure(of: service.source(tokens: AccessTokens(fixed: Secret("given-token"))))
        #expect(failure.kind == "denied")
        #expect(failure.detail.status == 401)
        #expect(failure.description.contains("bad.credentials"))
        #expect(!failure.description.contains("given-token"))
        #expect(await service.journal.queries.count == 1)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let kind: String
        let answer: HTTPServerResponse
        var testDescription: String {
            "\(answer.status) \(String(decoding: answer.body.prefix(60), as: UTF8.self)): \(kind)"
        }

        init(_ kind: String, _ answer: HTTPServerResponse) {
            self.kind = kind
            self.answer = answer
        }
    }

    static let tooDeep = "Pagination may not exceed 100000 results. Try paging small intervals."
    static let html = HTTPServerResponse(
        headers: [("Content-Type", "text/html")], body: Array("<html>sorry</html>".utf8))

    @Test(arguments: [
        Row("denied", .error(403, "missing.any.permissions")),
        Row("throttled", .error(429, "too.many.requests.retry.after")),
        Row("throttled", HTTPServerResponse(status: 429)), Row("transient", .error(408, "client.timeout")),
        Row("transient", .error(500, "internal.server.error")), Row("transient", .error(501, "x")),
        Row("transient", HTTPServerResponse(status: 502)), Row("transient", .error(503, "service.unavailable")),
        Row("transient", .error(504, "request.timeout")), Row("tooDeep", .error(400, "bad.request", tooDeep)),
        Row("tooLarge", .error(413, "payload.too.large")), Row("tooLarge", HTTPServerResponse(status: 413)),
        Row("tooLarge", .error(400, "response.entity.too.large")), Row("tooLarge", .error(400, "payload.too.large")),
        Row("refused", .error(400, "bad.request")), Row("refused", .error(404, "not.found")),
        Row("refused", .error(405, "x")),
        Row("refused", .error(409, "request.conflict")), Row("refused", .error(415, "unsupported.media.type")),
        Row("refused", .error(302, "moved")),
        Row("pageSizeRefused", .error(400, "bad.request", "pageSize must not exceed 100")),
        Row("transient", html), Row("transient", .json("")), Row("transient", .json("{")),
        Row("transient", .json("[]")),
        Row("transient", .json(#"{"conversations":{}}"#)), Row("transient", HTTPServerResponse(status: 204)),
        Row("transient", .json("{}", status: 202)),
        Row("transient", HTTPServerResponse(body: Array("{}x".utf8))),
    ])
    func `every answer has its place in the retry table`(row: Row) async throws {
        let service = try Service(query: { _, _ in row.answer })
        let failure = try await failure(of: service.source())
        #expect(failure.kind == row.kind)
        #expect(failure.detail.status == row.answer.status)
        #expect(!failure.detail.message.isEmpty)
        #expect(await service.journal.queries.count == 1)
    }

    @Test(arguments: [
        Delivery.drop, .truncate(after: 10), .reset(after: 10),
    ])
    func `a torn answer is a passing failure`(delivery: Delivery) async throws {
        let service = try Service(query: { _, _ in
            var answer = HTTPServerResponse.page
            answer.delivery = delivery
            return answer
        })
        #expect(try await failure(of: service.source()).kind == "transient")
    }

    @Test(arguments: ["text/html; charset=utf-8", "text/plain", "application/octet-stream", "application/xml", " "])
    func `a page under another content type is refused by name, without a word of it`(type: String) async throws {
        let service = try Service(query: { _, _ in
            HTTPServerResponse(
                headers: [("Content-Type", type), ("ININ-Correlation-Id", "corr-8")], body: HTTPServerResponse.page.body
            )
        })
        let failure = try await failure(of: service.source())
        #expect(failure.kind == "transient")
        #expect(failure.detail.correlationID == "corr-8")
        let size = HTTPServerResponse.page.body.count
        #expect(failure.detail.message.hasSuffix(", \(size) bytes, instead of JSON"), "\(failure)")
        #expect(failure.detail.message.contains(type.trimmingPrefix(" ")))
        #expect(!failure.description.contains("conversationId"))
    }

    @Test(arguments: ["application/json", "Application/JSON; charset=UTF-8", "application/problem+json"])
    func `every spelling of the content type of JSON is taken`(type: String) async throws {
        let service = try Service(query: { _, _ in
            HTTPServerResponse(headers: [("Content-Type", type)], body: HTTPServerResponse.page.body)
        })
        #expect(try await service.source().fetch(anHour).records.ids == ["a"])
    }

    @Test func `a page over the limit is too large`() async throws {
        let service = try Service()
        #expect(try await failure(of: service.source(maximumBodySize: 50)).kind == "tooLarge")
    }

    @Test func `an API that is not there is unreachable`() async throws {
        let service = try Service()
        let source = try GenesysSource(
            profile: .detailsQuery, apiURL: ServiceURL("http://127.0.0.1:1")!, tokens: service.tokens(),
            client: service.client)
        #expect(try await failure(of: source).kind == "unreachable")
    }

    @Test func `a page without a content type is read if it is one`() async throws {
        let service = try Service(query: { _, _ in HTTPServerResponse(body: HTTPServerResponse.page.body) })
        #expect(try await service.source().fetch(anHour).records.ids == ["a"])
    }

    struct Pause: CustomTestStringConvertible, Sendable {
        let headers: [(String, String)]
        var message = "slow down"
        let pause: Duration?
        var testDescription: String { "\(headers) \(message)" }
    }

    @Test(arguments: [
        Pause(headers: [("Retry-After", "0")], pause: .zero),
        Pause(headers: [("Retry-After", "42")], pause: .seconds(42)),
        Pause(headers: [("retry-after", " 42 ")], pause: .seconds(42)), Pause(headers: [], pause: nil),
        Pause(headers: [("Retry-After", "99999999999999999999")], pause: .seconds(999_999_999)),
        Pause(headers: [("Retry-After", "-1")], pause: nil), Pause(headers: [("Retry-After", "soon")], pause: nil),
        Pause(headers: [("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")], pause: .zero),
        Pause(headers: [], message: "Retry the request in [42] seconds", pause: .seconds(42)),
        Pause(headers: [], message: "limit [300] reached, retry in [7] seconds.", pause: .seconds(7)),
        Pause(headers: [], message: "limit [300] reached", pause: nil),
        Pause(headers: [], message: "[x] seconds [", pause: nil),
        Pause(headers: [("Retry-After", "3")], message: "Retry the request in [42] seconds", pause: .seconds(3)),
        Pause(headers: [("Retry-After", "soon")], message: "in [42] seconds", pause: .seconds(42)),
    ])
    func `Retry-After is read in every form`(row: Pause) async throws {
        let service = try Service(query: { _, _ in .error(429, "too.many", row.message, headers: row.headers) })
        guard case .throttled(let pause, _) = try await failure(of: service.source()) else { throw Unexpected("kind") }
        #expect(pause == row.pause)
    }

    @Test func `a Retry-After date counts from now`() async throws {
        let service = try Service(query: { _, _ in
            .error(429, "too.many", headers: [("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")])
        })
        guard case .throttled(let pause?, _) = try await failure(of: service.source()) else { throw Unexpected("kind") }
        #expect(pause > .seconds(86_400 * 365))
    }

    @Test func `no mass of combining marks makes a failure's text long`() async throws {
        let service = try Service(query: { _, _ in
            .error(400, "bad.request", "e" + String(repeating: "\u{301}", count: 5000))
        })
        #expect(try await failure(of: service.source()).detail.message.utf8.count < 1000)
    }

    @Test func `a failure's text is one bounded line with its correlation id`() async throws {
        let wild = "line one\r\n\u{1B}[31mred\u{202E}\u{0}\u{85}\tend " + String(repeating: "long ", count: 5000)
        let service = try Service(query: { _, _ in
            .error(400, "bad.request", wild, headers: [("ININ-Correlation-Id", "corr-7")])
        })
        let detail = try await failure(of: service.source()).detail
        #expect(detail.status == 400)
        #expect(detail.code == "bad.request")
        #expect(detail.correlationID == "corr-7")
        #expect(detail.message.hasPrefix("line one [31mred end long "))
        #expect(detail.message.count <= 300)
        #expect(
            detail.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E })
    }
}
