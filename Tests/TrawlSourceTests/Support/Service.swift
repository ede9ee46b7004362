import HTTP
import HTTPServer
import Synchronization
import TrawlCore
import TrawlSource

/// A login service and an API on one loopback port. What it answers is the test's choice.
final class Service: Sendable {
    /// What was asked of the service, in order.
    actor Journal {
        private(set) var logins: [HTTPServerRequest] = []
        private(set) var queries: [HTTPServerRequest] = []

        func noteLogin(_ request: HTTPServerRequest) -> Int {
            logins.append(request)
            return logins.count
        }

        func noteQuery(_ request: HTTPServerRequest) -> Int {
            queries.append(request)
            return queries.count
        }
    }

    typealias Answer = @Sendable (_ count: Int, HTTPServerRequest) async -> HTTPServerResponse

    let journal: Journal
    let url: ServiceURL
    let client = HTTPClient()
    private let server: HTTPServer

    /// A `queryPath` that ends with `*` is that of all that begins so. `count` is 1 for the first login or query. Without a choice, the n-th login grants `token-n` for a day, and a
    /// query is answered with one record.
    init(
        path: String = "", queryPath: String = EndpointProfile.detailsQuery.path,
        login: @escaping Answer = { count, _ in .token("token-\(count)") },
        query: @escaping Answer = { _, _ in .page }
    ) throws {
        let journal = Journal()
        self.journal = journal
        server = try HTTPServer(maximumBodySize: 1 << 20) { request in
            switch request.path {
            case path + "/oauth/token": await login(await journal.noteLogin(request), request)
            case path + queryPath: await query(await journal.noteQuery(request), request)
            case let below where queryPath.hasSuffix("*") && below.hasPrefix(path + queryPath.dropLast()):
                await query(await journal.noteQuery(request), request)
            default: HTTPServerResponse(status: 404)
            }
        }
        url = ServiceURL("http://127.0.0.1:\(server.port)\(path)")!
    }

    func tokens(uptime: @escaping @Sendable () -> Duration = AccessTokens.monotonicTime) -> AccessTokens {
        AccessTokens(
            credentials: ClientCredentials(id: "client", secret: Secret("hush")), loginURL: url, client: client,
            uptime: uptime)
    }

    func source(filter: JSONValue? = nil, tokens: AccessTokens? = nil, maximumBodySize: Int = 1 << 20) throws
        -> GenesysSource
    {
        try GenesysSource(
            profile: .detailsQuery, filter: filter, apiURL: url, tokens: tokens ?? self.tokens(), client: client,
            maximumBodySize: maximumBodySize)
    }
}

extension HTTPServerResponse {
    static let page = json(#"{"conversations":[\#(record("a"))],"totalHits":1}"#)

    static func json(_ body: String, status: Int = 200, headers: [(String, String)] = []) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status, headers: [("Content-Type", "application/json; charset=utf-8")] + headers,
            body: Array(body.utf8))
    }

    static func token(_ token: String, lifetime: Int = 86_399) -> HTTPServerResponse {
        json(#"{"access_token":"\#(token)","token_type":"bearer","expires_in":\#(lifetime)}"#)
    }

    static func error(
        _ status: Int, _ code: String, _ message: String = "what happened", headers: [(String, String)] = []
    ) -> HTTPServerResponse {
        json(
            #"{"message":\#(JSONValue.quoted(message)),"code":"\#(code)","status":\#(status),"contextId":"ctx-1"}"#,
            status: status, headers: headers)
    }
}

let anHour = PageRequest(
    interval: Interval(from: Instant("2024-03-01T00:00:00Z")!, to: Instant("2024-03-01T01:00:00Z")!)!, number: 3,
    size: 100)

/// The failure a fetch ends with.
func failure(of source: GenesysSource) async throws -> FetchFailure {
    do throws(FetchFailure) {
        _ = try await source.fetch(anHour)
    } catch {
        return error
    }
    throw Unexpected("the fetch succeeded")
}

func failure(of tokens: AccessTokens) async throws -> FetchFailure {
    do throws(FetchFailure) {
        _ = try await tokens.token()
    } catch {
        return error
    }
    throw Unexpected("the login succeeded")
}

/// A gate that opens once; whoever waits goes on then.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func wait() async {
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }
}

/// A clock that stands still until a test moves it.
final class HandClock: Sendable {
    private let milliseconds = Atomic<Int64>(1_000_000)

    var uptime: @Sendable () -> Duration { { .milliseconds(self.milliseconds.load(ordering: .relaxed)) } }

    func advance(_ step: Duration) { milliseconds.add(step.wholeMilliseconds, ordering: .relaxed) }
}
