import HTTP
import HTTPServer
import Testing
import TrawlCore
import TrawlSource

struct AccessTokensTests {
    @Test func `a login is the client credentials grant with HTTP Basic`() async throws {
        let service = try Service(path: "/gateway")
        #expect(try await service.tokens().token() == Secret("token-1"))
        let request = try #require(await service.journal.logins.first)
        #expect(request.method == "POST")
        #expect(request.path == "/gateway/oauth/token")
        #expect(request.header("Authorization") == "Basic Y2xpZW50Omh1c2g=")
        #expect(request.header("Content-Type") == "application/x-www-form-urlencoded")
        #expect(request.body == Array("grant_type=client_credentials".utf8))
    }

    @Test func `a hundred callers at once make one login`() async throws {
        let gate = Gate()
        let service = try Service(login: { count, _ in
            await gate.wait()
            return .token("token-\(count)")
        })
        let tokens = service.tokens()
        let results = await withTaskGroup(of: Secret?.self) { group in
            for _ in 0..<100 { group.addTask { try? await tokens.token() } }  // a failure shows as a nil below
            group.addTask {
                await gate.open()
                return Secret("token-1")
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 101)
        #expect(results.allSatisfy { $0 == Secret("token-1") })
        #expect(await service.journal.logins.count == 1)
    }

    @Test(arguments: [(300, 270), (600, 540), (86_399, 86_339), (10, 9)])
    func `a token is replaced shortly before it expires`(lifetime: Int, refreshAt: Int) async throws {
        let clock = HandClock()
        let service = try Service(login: { count, _ in .token("token-\(count)", lifetime: lifetime) })
        let tokens = service.tokens(uptime: clock.uptime)
        #expect(try await tokens.token() == Secret("token-1"))
        clock.advance(.seconds(refreshAt) - .milliseconds(1))
        #expect(try await tokens.token() == Secret("token-1"))
        clock.advance(.milliseconds(1))
        #expect(try await tokens.token() == Secret("token-2"))
        #expect(try await tokens.token() == Secret("token-2"))
        #expect(await service.journal.logins.count == 2)
    }

    @Test func `while it cannot be replaced, a token serves until it expires`() async throws {
        let clock = HandClock()
        let service = try Service(login: { count, _ in
            count == 1 ? .token("token-1", lifetime: 600) : HTTPServerResponse(status: 503)
        })
        let tokens = service.tokens(uptime: clock.uptime)
        _ = try await tokens.token()
        clock.advance(.seconds(545))
        #expect(try await tokens.token() == Secret("token-1"))
        #expect(try await tokens.token() == Secret("token-1"))
        #expect(await service.journal.logins.count == 2)
        clock.advance(.seconds(6))
        #expect(try await tokens.token() == Secret("token-1"))
        #expect(await service.journal.logins.count == 3)
        clock.advance(.seconds(60))
        guard case .transient = try await failure(of: tokens) else { throw Unexpected("not transient") }
    }

    @Test func `a token that was refused is replaced once, however many saw it refused`() async throws {
        let service = try Service()
        let tokens = service.tokens()
        let old = try await tokens.token()
        for _ in 0..<50 {
            await tokens.invalidate(old)
            #expect(try await tokens.token() == Secret("token-2"))
        }
        #expect(await service.journal.logins.count == 2)
    }

    @Test func `a cancelled caller leaves at once and the login goes on for the others`() async throws {
        let gate = Gate()
        let arrived = Gate()
        let service = try Service(login: { count, _ in
            await arrived.open()
            await gate.wait()
            return .token("token-\(count)")
        })
        let tokens = service.tokens()
        let first = Task { try await tokens.token() }
        let second = Task { try await tokens.token() }
        await arrived.wait()
        first.cancel()
        await #expect(throws: FetchFailure.self) { try await first.value }
        await gate.open()
        #expect(try await second.value == Secret("token-1"))
        #expect(await service.journal.logins.count == 1)
    }

    @Test func `a fixed token is used as it is, and given up when refused`() async throws {
        let tokens = AccessTokens(fixed: Secret("given"))
        #expect(try await tokens.token() == Secret("given"))
        await tokens.invalidate(Secret("given"))
        guard case .denied(let detail) = try await failure(of: tokens) else { throw Unexpected("not denied") }
        #expect(!detail.description.contains("given access token given"))
        #expect(detail.message.contains("access token"))
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let answer: HTTPServerResponse
        let kind: String
        var testDescription: String { "\(answer.status) \(kind)" }
    }

    @Test(arguments: [
        Row(
            answer: .json(#"{"error":"invalid_client","description":"authentication failed"}"#, status: 401),
            kind: "denied"),
        Row(
            answer: .json(#"{"error":"invalid_client","error_description":"authentication failed"}"#, status: 400),
            kind: "denied"),
        Row(answer: .json(#"{"error":"x","description":"authentication failed"}"#, status: 403), kind: "denied"),
        Row(answer: .json(#"{"message":"authentication failed"}"#, status: 404), kind: "denied"),
        Row(
            answer: .json(#"{"description":"authentication failed for hush, Y2xpZW50Omh1c2g="}"#, status: 302),
            kind: "denied"),
        Row(answer: .json(#"{"message":"authentication failed"}"#, status: 408), kind: "transient"),
        Row(answer: .json(#"{"message":"authentication failed"}"#, status: 500), kind: "transient"),
        Row(answer: .json(#"{"message":"authentication failed"}"#, status: 503), kind: "transient"),
    ])
    func `a refused login says where, what and why, without the secret`(row: Row) async throws {
        let service = try Service(login: { _, _ in row.answer })
        let failure = try await failure(of: service.tokens())
        #expect(failure.kind == row.kind)
        #expect(failure.detail.status == row.answer.status)
        #expect(failure.description.contains("authentication failed"))
        #expect(failure.description.contains(service.url.host))
        #expect(!failure.description.contains("hush"))
        #expect(!failure.description.contains("Y2xpZW50Omh1c2g"))
        #expect(failure.description.contains("check") == (row.kind == "denied"))
    }

    @Test(arguments: [
        #"{"token_type":"bearer"}"#, "<html>", "", #"{"access_token":""}"#, #"{"access_token":"a\r\nb"}"#,
        #"{"access_token":7}"#,
    ])
    func `an answer without a usable token is a passing failure`(body: String) async throws {
        let service = try Service(login: { _, _ in .json(body) })
        #expect(try await failure(of: service.tokens()).kind == "transient")
    }

    @Test func `a throttled login carries the time to wait`() async throws {
        let service = try Service(login: { _, _ in .error(429, "too.many", headers: [("Retry-After", "7")]) })
        guard case .throttled(let pause, _) = try await failure(of: service.tokens()) else { throw Unexpected("kind") }
        #expect(pause == .seconds(7))
    }

    @Test func `a login host that is not there is unreachable`() async throws {
        let tokens = AccessTokens(
            credentials: ClientCredentials(id: "client", secret: Secret("hush")),
            loginURL: ServiceURL("http://127.0.0.1:1")!, client: HTTPClient())
        let failure = try await failure(of: tokens)
        #expect(failure.kind == "unreachable")
        #expect(failure.description.contains("127.0.0.1:1"))
    }

    @Test func `no description of credentials shows the secret`() throws {
        let credentials = ClientCredentials(id: "client", secret: Secret("hush"))
        let tokens = AccessTokens(fixed: Secret("hush"))
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in [
            "\(credentials)", String(reflecting: credentials), "\(tokens)", String(reflecting: tokens), dumped,
        ] {
            #expect(!text.contains("hush"))
        }
    }
}

extension FetchFailure {
    var kind: String {
        switch self {
        case .throttled: "throttled"
        case .busy: "busy"
        case .pageSizeRefused: "pageSizeRefused"
        case .transient: "transient"
        case .unreachable: "unreachable"
        case .tokenRefused: "tokenRefused"
        case .denied: "denied"
        case .tooDeep: "tooDeep"
        case .cursorRefused: "cursorRefused"
        case .tooLarge: "tooLarge"
        case .refused: "refused"
        }
    }
}
