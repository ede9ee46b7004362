import HTTPServer
import TrawlCore

/// A request in one of the dialects that gateways in front of the API speak: what it asks for may stand in the body or
/// in the query string.
struct DialectRequest {
    let search: ConversationSearch
    let query: QueryString
    let members: [String: JSONValue]

    /// What such requests carry that decides nothing here.
    private static let ignored: Set<String> = ["groupBy", "groupings", "metrics", "select", "view"]

    /// - Parameters:
    ///   - parameters: the names of what says which page is meant.
    ///   - endInclusive: whether the instant `dateTo` belongs to the interval.
    init(
        _ request: HTTPServerRequest, parameters: Set<String>, endInclusive: Bool, options: SimulatorOptions
    ) throws(APIError) {
        query = QueryString(request)
        try query.refuseOthers(than: parameters.union(["dateFrom", "dateTo"]))
        if request.method == "GET" {
            members = [:]
        } else {
            members = try RequestBody.members(of: request)
            try RequestBody.refuseOthers(
                members,
                than: ConversationSearch.members.union(Self.ignored).union(parameters)
                    .union(["interval", "dateFrom", "dateTo"]), in: "the query")
        }
        let interval = try Self.interval(
            members, query, endInclusive: endInclusive, limit: options.maximumIntervalDays)
        search = try ConversationSearch(members, interval: interval, rule: options.selection)
    }

    private static func interval(
        _ members: [String: JSONValue], _ query: QueryString, endInclusive: Bool, limit: Int
    ) throws(APIError) -> Interval {
        let ends = try ["dateFrom", "dateTo"].map { name throws(APIError) -> Instant? in
            guard let text = try text(name, members, query) else { return nil }
            guard let instant = Instant(text) else {
                throw .badRequest("\(name) \"\(text)\" is not an ISO-8601 instant.", code: "invalid.date")
            }
            return instant
        }
        guard let from = ends[0], let to = ends[1] else {
            guard ends[0] == nil, ends[1] == nil else {
                throw .badRequest("dateFrom and dateTo are needed together.", code: "invalid.date")
            }
            return try RequestBody.interval(members["interval"], limit: limit)
        }
        guard members["interval"] == nil else {
            throw .badRequest("Either interval or dateFrom and dateTo, not both.", code: "invalid.date")
        }
        return try RequestBody.interval(
            from: from, to: endInclusive ? to + 1 : to, text: "\(from)/\(to)", limit: limit)
    }

    private static func text(
        _ name: String, _ members: [String: JSONValue], _ query: QueryString
    ) throws(APIError) -> String? {
        if let text = query.text(name) { return text }
        guard let value = members[name] else { return nil }
        guard let text = value.string else { throw RequestBody.invalidValue(value, name) }
        return text
    }

    /// A whole number from the query string or else the body; nil when it is in neither.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        let value =
            query.text(name).map { Int($0).map { .integer(Int64($0)) } ?? JSONValue.string($0) } ?? members[name]
        guard let value else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw .badRequest(
                "\(name) must be between \(range.lowerBound) and \(range.upperBound), not \(value.canonical).",
                code: "constraint.validation")
        }
        return number
    }
}
