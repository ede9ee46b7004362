import TrawlCore

/// A valid body of `POST /api/v2/analytics/conversations/details/query`.
struct DetailsQuery: Sendable {
    let interval: Interval
    let order: QueryOrder
    let filter: QueryFilter
    let pageSize: Int
    var pageNumber: Int
    /// Equal for queries that select the same conversations in the same order.
    let selectionKey: String

    private static let members: Set<String> = [
        "interval", "order", "orderBy", "paging", "conversationFilters", "segmentFilters", "evaluationFilters",
        "surveyFilters", "resolutionFilters", "aggregations",
    ]
    static let standardPageSize = 25
    static let deepestResult = 100_000

    /// - Throws: the answer of the API to a body it refuses.
    init(body: [UInt8], options: SimulatorOptions) throws(APIError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONReader.document(body)
        } catch {
            throw .badRequest("The request could not be understood by the server due to malformed syntax: \(error)")
        }
        guard case .object(let members) = document else { throw .badRequest("The request body must be a JSON object.") }
        try Self.refuseOthers(members, than: Self.members, in: "the query")
        for name in ["evaluationFilters", "surveyFilters", "resolutionFilters", "aggregations"]
        where members[name]?.elements.isEmpty == false {
            throw .badRequest("\(name) is valid, but this imitation of the API does not apply it.")
        }
        interval = try Self.interval(members["interval"], options)
        order = try Self.order(members)
        (pageSize, pageNumber) = try Self.paging(members["paging"], options)
        filter = try FilterReader.filter(members)
        selectionKey =
            "\(interval.apiText) \(order.direction) \(order.field)"
            + " \(members["conversationFilters"]?.canonical ?? "") \(members["segmentFilters"]?.canonical ?? "")"
    }

    static func refuseOthers(
        _ members: [String: JSONValue], than known: Set<String>, in place: String
    ) throws(APIError) {
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw .badRequest("Unrecognized property \"\(unknown)\" in \(place).", code: "invalid.property")
        }
    }

    private static func interval(_ value: JSONValue?, _ options: SimulatorOptions) throws(APIError) -> Interval {
        guard let text = value?.string else {
            throw .badRequest("You must specify a search interval as part of your query.")
        }
        let ends = text.split(separator: "/", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = Instant(rfc3339: ends[0].utf8), let to = Instant(rfc3339: ends[1].utf8) else {
            throw .badRequest(
                "The interval \"\(text)\" is not an ISO-8601 interval of two instants.", code: "invalid.date")
        }
        guard let interval = Interval(from: from, to: to) else {
            throw .badRequest("The interval \"\(text)\" does not start before it ends.", code: "invalid.date")
        }
        guard interval.milliseconds <= Int64(options.maximumIntervalDays) * Instant.millisecondsPerDay else {
            throw .badRequest(
                "You must specify a search interval as part of your query that does not exceed "
                    + "\(options.maximumIntervalDays) days.")
        }
        return interval
    }

    private static func order(_ members: [String: JSONValue]) throws(APIError) -> QueryOrder {
        var order = QueryOrder()
        if let value = members["order"] {
            guard let direction = value.string.flatMap({ QueryOrder.Direction(rawValue: $0) }) else {
                throw invalidValue(value, "order")
            }
            order.direction = direction
        }
        if let value = members["orderBy"] {
            guard let field = value.string.flatMap({ QueryOrder.Field(rawValue: $0) }) else {
                throw invalidValue(value, "orderBy")
            }
            order.field = field
        }
        return order
    }

    private static func paging(
        _ value: JSONValue?, _ options: SimulatorOptions
    ) throws(APIError) -> (size: Int, number: Int) {
        guard let value else { return (min(standardPageSize, options.maximumPageSize), 1) }
        guard case .object(let members) = value else { throw invalidValue(value, "paging") }
        try refuseOthers(members, than: ["pageSize", "pageNumber"], in: "paging")
        guard var size = members["pageSize"]?.integer, let number = members["pageNumber"]?.integer else {
            throw .badRequest(
                "paging needs pageSize and pageNumber, both whole numbers.", code: "constraint.validation")
        }
        if size > options.maximumPageSize, options.clampsPageSize { size = options.maximumPageSize }
        guard (1...options.maximumPageSize).contains(size) else {
            throw .badRequest(
                "The page size must be between 1 and \(options.maximumPageSize), not \(size).",
                code: "constraint.validation")
        }
        guard (1...Int(Int32.max)).contains(number) else {
            throw .badRequest("The page number must be 1 or more, not \(number).", code: "constraint.validation")
        }
        guard size * number <= deepestResult else {
            throw .badRequest(
                "Pagination may not exceed \(deepestResult) results. Tip: page through small intervals, "
                    + "such as 1am-2am, 2am-3am.")
        }
        return (size, number)
    }

    static func invalidValue(_ value: JSONValue, _ name: String) -> APIError {
        .badRequest("\(value.canonical) is not a valid value of \(name).", code: "invalid.value")
    }
}
