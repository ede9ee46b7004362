import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

struct TokenTests {
    private static let form = [("Content-Type", "application/x-www-form-urlencoded")]

    private static func asker(lifetime: Duration = .seconds(600)) throws -> Asker {
        var options = options(20)
        options.clients = [SimulatorOptions.Client(id: "an-id", secret: "a:secret+%&")]
        options.tokenLifetime = lifetime
        var asker = try Asker(options)
        asker.token = nil
        return asker
    }

    private static func login(
        _ asker: Asker, _ body: String = "grant_type=client_credentials", basic: String? = nil
    ) -> HTTPServerResponse {
        asker.send(
            "POST", "/oauth/token", body, headers: form + (basic.map { [("Authorization", "Basic \($0)")] } ?? []))
    }

    @Test(arguments: [
        ("grant_type=client_credentials", "YW4taWQ6YTpzZWNyZXQrJSY="),
        ("grant_type=client_credentials&client_id=an-id&client_secret=a%3Asecret%2b%25%26", nil),
    ])
    func `credentials in the header or the form earn a token`(body: String, basic: String?) throws {
        var asker = try Self.asker()
        let response = Self.login(asker, body, basic: basic)
        #expect(response.status == 200)
        let answer = try response.json()
        #expect(answer["token_type"]?.string == "bearer")
        #expect(answer["expires_in"]?.integer == 599)
        asker.token = answer["access_token"]?.string
        #expect(asker.query(interval("2024-03-01", "2024-03-02")).status == 200)
    }

    @Test(arguments: [
        ("grant_type=client_credentials", "YW4taWQ6d3Jvbmc=", 401, "invalid_client", "authentication failed"),
        ("grant_type=client_credentials", "bm9ib2R5Ong=", 400, "invalid_client", "client not found"),
        ("grant_type=client_credentials", "%%%", 401, "invalid_client", "authentication failed"),
        ("grant_type=client_credentials", nil, 401, "invalid_client", "authentication failed"),
        ("grant_type=password", "YW4taWQ6YTpzZWNyZXQrJSY=", 400, "unsupported_grant_type", "client_credentials"),
        ("", "YW4taWQ6YTpzZWNyZXQrJSY=", 400, "invalid_request", "grant_type"),
    ])
    func `other credentials earn an OAuth error`(
        body: String, basic: String?, status: Int, error: String, description: String
    ) throws {
        let response = Self.login(try Self.asker(), body, basic: basic)
        #expect(response.status == status)
        let answer = try response.json()
        #expect(answer["error"]?.string == error)
        #expect(answer["description"]?.string?.contains(description) == true)
        #expect(answer["error_description"] == answer["description"])
        #expect(answer["contextId"] == nil)
    }

    @Test func `a token ends when its lifetime does`() throws {
        var asker = try Self.asker(lifetime: .seconds(300))
        asker.token = try Self.login(asker, basic: "YW4taWQ6YTpzZWNyZXQrJSY=").json()["access_token"]?.string
        let day = interval("2024-03-01", "2024-03-02")
        asker.time.advance(.milliseconds(299_999))
        #expect(asker.query(day).status == 200)
        asker.time.advance(.milliseconds(1))
        let late = asker.query(day)
        #expect(late.status == 401)
        #expect(try late.json()["code"]?.string == "bad.credentials")
    }

    @Test func `tokens are different, and the same for the same seed`() throws {
        func tokens() throws -> [String?] {
            let asker = try Self.asker()
            return try (0..<3).map { _ in
                try Self.login(asker, basic: "YW4taWQ6YTpzZWNyZXQrJSY=").json()["access_token"]?.string
            }
        }
        let first = try tokens()
        #expect(Set(first).count == 3)
        #expect(try tokens() == first)
    }

    @Test func `without a token the API wants one`() throws {
        let response = try Self.asker().query(interval("2024-03-01", "2024-03-02"))
        #expect(response.status == 401)
        #expect(try response.json()["code"]?.string == "authentication.required")
    }
}
