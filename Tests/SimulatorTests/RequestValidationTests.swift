import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

struct RequestValidationTests {
    private static let day = #""interval":"2024-03-01T00:00:00.000Z/2024-03-02T00:00:00.000Z""#

    struct Refusal: CustomTestStringConvertible, Sendable {
        let body: String
        let code: String
        let message: String
        var testDescription: String { body }
    }

    @Test(arguments: [
        Refusal(body: "", code: "bad.request", message: "malformed syntax"),
        Refusal(body: "{", code: "bad.request", message: "malformed syntax"),
        Refusal(body: "[]", code: "bad.request", message: "JSON object"),
        Refusal(body: "{}", code: "bad.request", message: "You must specify a search interval"),
        Refusal(body: #"{"interval":"2024-03-01"}"#, code: "invalid.date", message: "ISO-8601"),
        // Half a surrogate pair before another escape, another half, a whole pair, and alone.
        Refusal(
            body: #"{"interval":"\ud800\u0041\udbff\ud83d\ude00\udc00"}"#, code: "invalid.date",
            message: "\u{FFFD}A\u{FFFD}\u{1F600}\u{FFFD}"),
        Refusal(
            body: #"{"interval":"2024-03-32T00:00:00Z/2024-04-01T00:00:00Z"}"#, code: "invalid.date",
            message: "ISO-8601"),
        Refusal(
            body: #"{"interval":"2024-03-01T00:00:00Z/2024-03-01T00:00:00Z"}"#, code: "invalid.date",
            message: "does not start before it ends"),
        Refusal(
            body: #"{"interval":"2024-03-01T00:00:00.000Z/2024-04-01T00:00:00.001Z"}"#, code: "bad.request",
            message: "You must specify a search interval as part of your query that does not exceed 31 days."),
        Refusal(body: "{\(day),\"pageSize\":5}", code: "invalid.property", message: "pageSize"),
        Refusal(body: "{\(day),\"paging\":{\"pageSize\":5}}", code: "constraint.validation", message: "pageNumber"),
        Refusal(
            body: "{\(day),\"paging\":{\"pageSize\":0,\"pageNumber\":1}}", code: "constraint.validation",
            message: "between 1 and 100"),
        Refusal(
            body: "{\(day),\"paging\":{\"pageSize\":101,\"pageNumber\":1}}", code: "constraint.validation",
            message: "between 1 and 100"),
        Refusal(
            body: "{\(day),\"paging\":{\"pageSize\":5,\"pageNumber\":0}}", code: "constraint.validation",
            message: "page number"),
        Refusal(
            body: "{\(day),\"paging\":{\"pageSize\":100,\"pageNumber\":1001}}", code: "bad.request",
            message: "Pagination may not exceed 100000 results."),
        Refusal(body: "{\(day),\"order\":\"up\"}", code: "invalid.value", message: "order"),
        Refusal(body: "{\(day),\"orderBy\":\"size\"}", code: "invalid.value", message: "orderBy"),
        Refusal(body: "{\(day),\"conversationFilters\":{}}", code: "invalid.value", message: "conversationFilters"),
        Refusal(body: "{\(day),\"conversationFilters\":[{}]}", code: "constraint.validation", message: "predicates"),
        Refusal(
            body:
                "{\(day),\"segmentFilters\":[{\"type\":\"and\",\"predicates\":[{\"dimension\":\"ani\",\"value\":\"1\"}]}]}",
            code: "bad.request", message: "not applied"),
        Refusal(
            body:
                "{\(day),\"segmentFilters\":[{\"type\":\"and\",\"predicates\":[{\"dimension\":\"mediaType\",\"value\":\"fax\"}]}]}",
            code: "invalid.value", message: "mediaType"),
        Refusal(
            body: "{\(day),\"surveyFilters\":[{\"type\":\"and\"}]}", code: "bad.request", message: "does not apply"),
    ])
    func `a body that is wrong is refused with 400`(refusal: Refusal) throws {
        let response = try Asker(options(10)).send("POST", Asker.path, refusal.body)
        #expect(response.status == 400)
        let error = try response.json()
        #expect(error["code"]?.string == refusal.code)
        #expect(error["message"]?.string?.contains(refusal.message) == true, "\(response.text)")
    }

    @Test func `every error has the shape of ErrorBody and a correlation id`() throws {
        var asker = try Asker(options(10))
        let validator = try SwaggerValidator()
        let path = Asker.path
        var responses = [
            (400, asker.send("POST", path, "{}")), (404, asker.send("POST", "/api/v2/nothing")),
            (405, asker.send("GET", path)),
            (415, asker.send("POST", path, "{}", headers: [("Content-Type", "text/plain")])),
            (413, asker.send("POST", path, String(repeating: " ", count: 512_001))),
        ]
        asker.token = nil
        responses.append((401, asker.send("POST", path, "{}")))
        asker.token = "stranger"
        responses.append((401, asker.send("POST", path, "{}")))
        for (status, response) in responses {
            #expect(response.status == status)
            let body = try response.json()
            #expect(
                validator.faults(in: body, as: "ErrorBody", mayBeEmpty: ["ErrorBody.details", "ErrorBody.errors"]) == []
            )
            #expect(body["status"]?.integer == status)
            #expect(body["details"]?.elements == [])
            #expect(body["errors"] == .array([]))
            #expect(body["message"]?.string?.isEmpty == false)
            #expect(body["contextId"]?.string == response.header("ININ-Correlation-Id"))
            #expect(response.header("Content-Type") == "application/json")
        }
        #expect(Set(responses.map { $0.1.header("ININ-Correlation-Id") }).count == responses.count)
        #expect(responses[2].1.header("Allow") == "POST")
    }

    @Test func `without paging the first 25 come`() throws {
        let page = try Asker(options(60)).send("POST", Asker.path, "{\(Self.day)}").page()
        #expect(page.ids.count == min(25, page.total))
    }

    @Test func `past the last page there is a total and no conversations`() throws {
        let shard = interval("2024-03-01", "2024-03-04")
        #expect(try Asker(options(60)).query(shard, page: 2).text == #"{"totalHits":60}"#)
        var array = options(60)
        array.emptyPageHasArray = true
        #expect(try Asker(array).query(shard, page: 2).text == #"{"conversations":[],"totalHits":60}"#)
    }

    @Test func `the last page within the depth is served`() throws {
        let shard = interval("2024-03-01", "2024-03-04")
        #expect(try Asker(options(60)).query(shard, page: 1000, size: 100).status == 200)
    }

    @Test func `limits are as configured`() throws {
        var options = options(200)
        options.maximumPageSize = 50
        options.clampsPageSize = true
        options.maximumIntervalDays = 7
        options.maximumResponseBytes = 20_000
        let asker = try Asker(options)
        let week = interval("2024-03-01", "2024-03-08")
        #expect(
            try asker.query(interval("2024-03-01", "2024-03-09")).json()["message"]?.string?.hasSuffix("7 days.")
                == true)
        let refused = asker.query(week, size: 100)
        #expect(refused.status == 400)
        #expect(try refused.json()["code"]?.string == "response.entity.too.large")
        #expect(try asker.query(week, size: 10).page().ids.count == 10)
        options.maximumResponseBytes = nil
        #expect(try Asker(options).query(week, size: 100).page().ids.count == 50)
    }

    @Test func `the limit namespaces tell the limits`() throws {
        var options = options(0)
        options.rate = RateLimit("10/30s")
        let asker = try Asker(options)
        let body = try asker.get("/api/v2/organizations/limits/namespaces/platform.api").json()
        #expect(body["entities"]?.elements.first?["value"]?.integer == 20)
        #expect(body["entities"]?.elements.first?["key"]?.string == "client.credentials.token.rate.per.minute")
        #expect(asker.get("/api/v2/organizations/limits/namespaces/analytics/defaults").status == 200)
        #expect(asker.get("/api/v2/organizations/limits/namespaces/nonsense").status == 404)
    }

    @Test func `options that make no sense are refused in one line`() {
        func refusal(_ change: (inout SimulatorOptions) -> Void) -> String? {
            var changed = options(10)
            change(&changed)
            do throws(SimulatorError) {
                _ = try Simulator(changed)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.conversations = -1 }?.hasPrefix("simulator: --conversations must") == true)
        #expect(refusal { $0.tieBurst = 11 }?.contains("--tie-burst") == true)
        #expect(refusal { $0.maximumPageSize = 0 }?.contains("--page-size-limit") == true)
        #expect(refusal { $0.tokenLifetime = .zero }?.contains("--token-lifetime") == true)
        #expect(refusal { $0.clients = [] }?.contains("--client") == true)
        #expect(refusal { $0.rate = RateLimit(requests: 0, window: .seconds(1)) }?.contains("--rate") == true)
        #expect(refusal { $0.fixture = Array("{".utf8) }?.contains("fixture: byte 1") == true)
        #expect(refusal { $0.faultScript = Array("{}".utf8) }?.contains("rules") == true)
    }
}
