import Guarded
import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

struct RateTests {
    private static let path = "/api/v2/organizations/limits/namespaces/analytics"

    private static func asker(_ mode: RateLimit.Mode) throws -> Asker {
        var options = options(0)
        options.rate = RateLimit(requests: 5, window: .seconds(10), mode: mode)
        return try Asker(options)
    }

    /// How many of the requests at this moment are admitted.
    private static func admitted(_ asker: Asker, of count: Int) -> Int {
        (0..<count).filter { _ in asker.get(path).status == 200 }.count
    }

    @Test func `a fixed window admits its limit and then tells when the next begins`() throws {
        let asker = try Self.asker(.fixedWindow)
        asker.time.advance(.milliseconds(7500))
        #expect(Self.admitted(asker, of: 6) == 5)
        let refused = asker.get(Self.path)
        #expect(refused.status == 429)
        // The clock of the test started at a multiple of the window.
        #expect(refused.header("Retry-After") == "3")
        asker.time.advance(.milliseconds(2499))
        #expect(asker.get(Self.path).header("Retry-After") == "1")
        asker.time.advance(.milliseconds(1))
        #expect(Self.admitted(asker, of: 6) == 5)
    }

    @Test func `a sliding log never admits more than the limit in any stretch`() throws {
        let asker = try Self.asker(.slidingLog)
        asker.time.advance(.milliseconds(9000))
        #expect(Self.admitted(asker, of: 3) == 3)
        asker.time.advance(.milliseconds(2000))
        #expect(Self.admitted(asker, of: 6) == 2)
        #expect(asker.get(Self.path).header("Retry-After") == "8")
        asker.time.advance(.milliseconds(7999))
        #expect(asker.get(Self.path).header("Retry-After") == "1")
        asker.time.advance(.milliseconds(1))
        #expect(Self.admitted(asker, of: 6) == 3)
    }

    @Test func `a bucket admits its capacity at once and then the pace`() throws {
        let asker = try Self.asker(.bucket(capacity: 3))
        #expect(Self.admitted(asker, of: 5) == 3)
        #expect(asker.get(Self.path).header("Retry-After") == "2")
        asker.time.advance(.milliseconds(1999))
        #expect(Self.admitted(asker, of: 2) == 0)
        asker.time.advance(.milliseconds(1))
        #expect(Self.admitted(asker, of: 2) == 1)
        asker.time.advance(.seconds(60))
        #expect(Self.admitted(asker, of: 5) == 3)
    }

    @Test func `a 429 has the body that clients know`() throws {
        let asker = try Self.asker(.fixedWindow)
        #expect(Self.admitted(asker, of: 5) == 5)
        let body = try asker.get(Self.path).json()
        #expect(body["message"]?.string == "Rate limit exceeded the maximum. Retry the request in [10] seconds")
        #expect(body["code"]?.string == "too.many.requests.retry.after")
        #expect(body["status"]?.integer == 429)
        #expect(
            try SwaggerValidator().faults(
                in: body, as: "ErrorBody", mayBeEmpty: ["ErrorBody.details", "ErrorBody.errors"]) == [])
    }

    @Test func `each client has a quota of its own, and another token does not help`() throws {
        var options = options(0)
        options.rate = RateLimit(requests: 2, window: .seconds(10))
        options.clients = ["a", "b"].map { SimulatorOptions.Client(id: $0, secret: "s") }
        var asker = try Asker(options)
        func login(_ id: String) throws -> String? {
            asker.token = nil
            return try asker.send(
                "POST", "/oauth/token", "grant_type=client_credentials&client_id=\(id)&client_secret=s",
                headers: [("Content-Type", "application/x-www-form-urlencoded")]
            ).json()["access_token"]?.string
        }
        for (client, expected) in [("a", 2), ("a", 0), ("b", 2)] {
            asker.token = try login(client)
            #expect(Self.admitted(asker, of: 3) == expected)
        }
        let statistics = asker.cloud.state.with { $0.statistics }
        #expect(statistics.tooManyRequests == 5)
        #expect(statistics.requests["token"] == [200: 3])
    }

    @Test func `the statistics tell the use of each window and the worst stretch`() throws {
        let asker = try Self.asker(.fixedWindow)
        asker.time.advance(.milliseconds(9999))
        #expect(Self.admitted(asker, of: 4) == 4)
        asker.time.advance(.milliseconds(1))
        #expect(Self.admitted(asker, of: 7) == 5)
        asker.time.advance(.seconds(20))
        #expect(Self.admitted(asker, of: 1) == 1)
        let statistics = asker.cloud.state.with { $0.statistics }
        #expect(statistics.peak == 11)
        #expect(statistics.windows.map(\.admitted) == [4, 5, 1])
        #expect(statistics.windows.map(\.refused) == [0, 2, 0])
        #expect(statistics.apiRequests == 12)
        let json = try asker.get("/stats").json()
        #expect(json["peak"]?.integer == 11)
        #expect(json["tooManyRequests"]?.integer == 2)
        #expect(json["windows"]?.elements.count == 3)
        #expect(json["requests"]?["limits"]?["429"]?.integer == 2)
        #expect(asker.send("POST", "/stats/reset").status == 204)
        #expect(try asker.get("/stats").json()["apiRequests"]?.integer == 0)
    }

    @Test func `limits and modes are read from text`() {
        #expect(RateLimit("300/60s") == RateLimit(requests: 300, window: .seconds(60)))
        #expect(RateLimit("0/60s") == nil)
        #expect(RateLimit("300") == nil)
        #expect(RateLimit.Mode("fixed") == .fixedWindow)
        #expect(RateLimit.Mode("sliding") == .slidingLog)
        #expect(RateLimit.Mode("bucket") == .bucket(capacity: 20))
        #expect(RateLimit.Mode("bucket:7") == .bucket(capacity: 7))
        #expect(RateLimit.Mode("bucket:0") == nil)
    }
}
