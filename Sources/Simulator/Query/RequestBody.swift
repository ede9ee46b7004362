import HTTPServer
import TrawlCore

/// Reads what request bodies have in common; every complaint is the answer of the API.
enum RequestBody {
    /// The largest request body of the API.
    static let largest = 512_000

    /// The members of the JSON object that is the body.
    static func members(of request: HTTPServerRequest) throws(APIError) -> [String: JSONValue] {
        guard mediaType(of: request) == "application/json" else {
            throw APIError(415, "unsupported.media.type", APIError.standard(415).message)
        }
        guard request.body.count <= largest else {
            throw APIError(413, "request.entity.too.large", APIError.standard(413).message)
        }
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONReader.document(request.body)
        } catch {
            throw .badRequest("The request could not be understood by the server due to malformed syntax: \(error)")
        }
        guard case .object(let members) = document else { throw .badRequest("The request body must be a JSON object.") }
        return members
    }

    /// The media type of a request's body in lower case, without parameters; empty when it has none.
    static func mediaType(of request: HTTPServerRequest) -> String {
        let type = request.header("Content-Type")?.split(separator: ";").first ?? ""
        return String(type.filter { $0 != " " }).lowercased()
    }

    static func refuseOthers(
        _ members: [String: JSONValue], than known: Set<String>, in place: String
    ) throws(APIError) {
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw .badRequest("Unrecognized property \"\(unknown)\" in \(place).", code: "invalid.property")
        }
    }

    static func invalidValue(_ value: JSONValue, _ name: String) -> APIError {
        .badRequest("\(value.canonical) is not a valid value of \(name).", code: "invalid.value")
    }

    /// - Parameter limit: the longest interval in days; nil for none.
    static func interval(_ value: JSONValue?, limit: Int?) throws(APIError) -> Interval {
        guard let text = value?.string else {
            throw .badRequest("You must specify a search interval as part of your query.")
        }
        let ends = text.split(separator: "/", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = Instant(rfc3339: ends[0].utf8), let to = Instant(rfc3339: ends[1].utf8) else {
            throw .badRequest(
                "The interval \"\(text)\" is not an ISO-8601 interval of two instants.", code: "invalid.date")
        }
        return try interval(from: from, to: to, text: text, limit: limit)
    }

    static func interval(from: Instant, to: Instant, text: String, limit: Int?) throws(APIError) -> Interval {
        guard let interval = Interval(from: from, to: to) else {
            throw .badRequest("The interval \"\(text)\" does not start before it ends.", code: "invalid.date")
        }
        if let limit, interval.milliseconds > Int64(limit) * Instant.millisecondsPerDay {
            throw .badRequest(
                "You must specify a search interval as part of your query that does not exceed \(limit) days.")
        }
        return interval
    }
}
