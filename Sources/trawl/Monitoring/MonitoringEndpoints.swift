import HTTPServer
import Metrics
import TrawlCore

/// What monitors ask a long-lived process: `/metrics`, `/healthz` and `/readyz`.
struct MonitoringEndpoints: Sendable {
    /// The metrics as text, or an error of which one line is shown.
    let metrics: @Sendable () async throws -> String
    /// Why the process had better be started again; nil while it is well. Looks at nothing beyond the process.
    let fault: @Sendable () async -> String?
    /// Why nothing should be sent or expected of it now; nil while it can work.
    let unready: @Sendable () async -> String?

    /// Nil for a request that is not for one of them.
    func answer(_ request: HTTPServerRequest) async -> HTTPServerResponse? {
        let paths = ["/metrics", "/healthz", "/readyz"]
        guard paths.contains(request.path) else { return nil }
        guard ["GET", "HEAD"].contains(request.method) else {
            return Self.text(405, "only GET is answered here\n", headers: [("Allow", "GET, HEAD")])
        }
        switch request.path {
        case "/healthz": return Self.state(await fault())
        case "/readyz": return Self.state(await unready())
        default:
            do {
                let text = try await metrics()
                return HTTPServerResponse(
                    headers: [("Content-Type", Exposition.contentType), ("Cache-Control", "no-store")],
                    body: Array(text.utf8))
            } catch {
                return Self.text(503, "\(error)".replacing("\n", with: " ") + "\n")
            }
        }
    }

    /// Serves these alone.
    func serve(at address: ListenAddress) throws -> HTTPServer {
        try Self.server(at: address) { request in
            await answer(request) ?? Self.text(404, "there are /metrics, /healthz and /readyz\n")
        }
    }

    /// Far fewer than the files that a process may have open: whoever holds connections open takes none from the work.
    private static let connectionLimit: UInt32 = 256
    /// Seconds; longer than Prometheus waits between two scrapes by default would only save it a handshake.
    private static let idleTimeout: UInt32 = 60

    /// A server at an address that the caller named: one that cannot be listened on is a mistake in the command.
    static func server(
        at address: ListenAddress, maximumBodySize: Int = 1 << 16,
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse
    ) throws -> HTTPServer {
        do throws(HTTPServerError) {
            return try HTTPServer(
                address: address.host, port: address.port, maximumBodySize: maximumBodySize,
                connectionLimit: connectionLimit, idleTimeout: idleTimeout, handler: handler)
        } catch .listen(_, _, let reason) {
            throw Failure.usage("--listen \(address): \(reason)")
        } catch {
            throw Failure.usage("--listen \(address): \(error)")
        }
    }

    static func text(_ status: Int, _ text: String, headers: [(String, String)] = []) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers, body: Array(text.utf8))
    }

    private static func state(_ objection: String?) -> HTTPServerResponse {
        var members: [String: JSONValue] = ["status": .string(objection == nil ? "ok" : "unavailable")]
        members["reason"] = objection.map { .string($0) }
        return HTTPServerResponse(
            status: objection == nil ? 200 : 503,
            headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            body: Array((JSONValue.object(members).canonical + "\n").utf8))
    }
}
