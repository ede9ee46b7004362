import HTTPServer
import TrawlCore

/// An answer of the API that is an error: its `ErrorBody` and status.
struct APIError: Error, Equatable, Sendable {
    var status: Int
    var code: String
    var message: String
    /// Whole seconds, for the header of that name.
    var retryAfter: Int?
    /// The limit that was hit.
    var limit: Limit?

    struct Limit: Equatable, Sendable {
        let key: String
        let value: Int
    }

    init(_ status: Int, _ code: String, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    static func badRequest(_ message: String, code: String = "bad.request") -> APIError { APIError(400, code, message) }

    /// What a walk is told whose cursor is none, or none of this walk.
    static let invalidCursor = badRequest("invalid cursor format")

    static func tooManyRequests(retryAfter: Int) -> APIError {
        APIError(
            429, "too.many.requests.retry.after",
            "Rate limit exceeded the maximum. Retry the request in [\(retryAfter)] seconds", retryAfter: retryAfter)
    }

    func body(contextID: String) -> [UInt8] {
        let hit = limit.map { #","limit":{"key":"\#($0.key)","namespace":"analytics","value":\#($0.value)}"# } ?? ""
        return Array(
            """
            {"message":\(JSONValue.quoted(message)),"code":\(JSONValue.quoted(code)),"status":\(status),\
            "contextId":"\(contextID)","details":[],"errors":[]\(hit)}
            """.utf8)
    }

    /// What an HTTP status is usually accompanied by.
    static func standard(_ status: Int) -> (code: String, message: String) {
        switch status {
        case 400: ("bad.request", "The request could not be understood by the server due to malformed syntax.")
        case 401: ("bad.credentials", "Invalid login credentials.")
        case 403:
            (
                "missing.any.permissions",
                "Unable to perform the requested action. You are missing the following permission(s): "
                    + "analytics:conversationDetail:view"
            )
        case 404: ("not.found", "The requested resource was not found.")
        case 408: ("client.timeout", "The client did not produce a request within the server timeout limit.")
        case 409: ("request.conflict", "The request conflicts with the current state of the resource.")
        case 413: ("request.entity.too.large", "The request is over the size limit.")
        case 415: ("unsupported.media.type", "Unsupported Media Type - Unsupported or incorrect media type.")
        case 429: ("too.many.requests", "Rate limit exceeded the maximum.")
        case 503: ("service.unavailable", "Service Unavailable - The server is currently unavailable.")
        case 504: ("request.timeout", "The request timed out.")
        default: ("internal.server.error", "The server encountered an unexpected condition.")
        }
    }
}
