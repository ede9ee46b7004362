import HTTPServer
import TrawlCore

/// The answers of the dashboard, all with the headers that keep browsers on the safe side.
enum Answer {
    /// Scripts, styles and data come from here alone; nobody frames the page; forms go nowhere else.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    // No stricter referrer policy: with `no-referrer`, browsers send the login form with an Origin of "null".
    private static let headers = [
        ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Cache-Control", "no-store"),
    ]

    static func bytes(_ status: Int, _ type: String, _ body: [UInt8], _ more: [(String, String)] = [])
        -> HTTPServerResponse
    {
        HTTPServerResponse(status: status, headers: headers + [("Content-Type", type)] + more, body: body)
    }

    static func text(_ status: Int, _ text: String, _ more: [(String, String)] = []) -> HTTPServerResponse {
        bytes(status, "text/plain; charset=utf-8", Array((text + "\n").utf8), more)
    }

    static func json(_ value: JSONValue, status: Int = 200) -> HTTPServerResponse {
        json(text: value.canonical, status: status)
    }

    static func json(text: String, status: Int = 200) -> HTTPServerResponse {
        bytes(status, "application/json", Array((text + "\n").utf8))
    }

    static func error(_ status: Int, _ text: String, _ more: [(String, String)] = []) -> HTTPServerResponse {
        bytes(
            status, "application/json", Array((JSONValue.object(["error": .string(text)]).canonical + "\n").utf8), more)
    }

    static func seeOther(_ path: String, _ more: [(String, String)] = []) -> HTTPServerResponse {
        bytes(303, "text/plain; charset=utf-8", [], [("Location", path)] + more)
    }

    static func stream(_ next: @escaping @Sendable () async -> [UInt8]?) -> HTTPServerResponse {
        HTTPServerResponse(
            headers: headers + [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")],
            delivery: .stream(next))
    }
}
