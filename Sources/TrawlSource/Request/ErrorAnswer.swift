import FoundationEssentials
import HTTP
import TrawlCore

/// What an answer other than success says of itself.
struct ErrorAnswer {
    let status: Int
    let code: String?
    let message: String
    let correlationID: String?
    /// The key of the limit that was hit, where the body names one.
    let limit: String?

    private static let messageLimit = 300
    private static let bodyLimit = 256 << 10

    /// Reads Genesys error bodies, OAuth error bodies, and whatever a proxy in front of them says instead.
    init(_ response: HTTPResponse, hiding secrets: [String]) {
        status = response.status
        func line(_ text: String, _ limit: Int) -> String? {
            let line = PlainText.line(text, limit: limit, hiding: secrets)
            return line.isEmpty ? nil : line
        }
        // A body that is no JSON object is not an error here: it is shown as the text it is.
        let isSmall = response.body.count <= Self.bodyLimit
        let body = isSmall ? try? JSONDecoder().decode(JSONValue.self, from: Data(response.body)) : nil
        code = (body?["code"]?.string ?? body?["error"]?.string).flatMap { line($0, 80) }
        // OAuth errors of the login service have `description`, those of the standard `error_description`.
        let texts = ["message", "error_description", "description"].compactMap { body?[$0]?.string }
        message = texts.lazy.compactMap { line($0, Self.messageLimit) }.first ?? Self.fallback(response, line)
        limit = body?["limit"]?["key"]?.string.flatMap { line($0, 80) }
        correlationID = (response.header("ININ-Correlation-Id") ?? body?["contextId"]?.string).flatMap { line($0, 80) }
    }

    var detail: FailureDetail {
        FailureDetail(status: status, code: code, message: message, correlationID: correlationID)
    }

    private static func fallback(_ response: HTTPResponse, _ line: (String, Int) -> String?) -> String {
        guard !response.body.isEmpty else { return "no message" }
        let kind = response.header("Content-Type").flatMap { line($0, 60) } ?? "an unnamed type"
        let isText = kind.hasPrefix("text/plain") || kind.contains("json")
        let text = isText ? line(String(decoding: response.body.prefix(4096), as: UTF8.self), messageLimit) : nil
        return text ?? "the answer is \(kind), \(response.body.count) bytes"
    }
}
