import TrawlCore

/// Which conversations are asked for and in which order, whatever endpoint is asked.
struct ConversationSearch: Sendable {
    let interval: Interval
    let order: QueryOrder
    let filter: QueryFilter
    let rule: SelectionRule
    /// Equal for searches that find the same conversations in the same order.
    let key: String

    /// The members of a request body that make up a search, besides the interval.
    static let members: Set<String> = [
        "order", "orderBy", "conversationFilters", "segmentFilters", "evaluationFilters", "surveyFilters",
        "resolutionFilters",
    ]

    /// - Throws: the answer of the API to members it refuses.
    init(_ members: [String: JSONValue], interval: Interval, rule: SelectionRule) throws(APIError) {
        for name in ["evaluationFilters", "surveyFilters", "resolutionFilters", "aggregations"]
        where members[name]?.elements.isEmpty == false {
            throw .badRequest("\(name) is valid, but this imitation of the API does not apply it.")
        }
        self.interval = interval
        self.rule = rule
        order = try Self.order(members)
        filter = try FilterReader.filter(members)
        key =
            "\(interval.apiText) \(rule.rawValue) \(order.direction) \(order.field)"
            + " \(members["conversationFilters"]?.canonical ?? "") \(members["segmentFilters"]?.canonical ?? "")"
    }

    private static func order(_ members: [String: JSONValue]) throws(APIError) -> QueryOrder {
        var order = QueryOrder()
        if let value = members["order"] {
            guard let direction = value.string.flatMap({ QueryOrder.Direction(rawValue: $0) }) else {
                throw RequestBody.invalidValue(value, "order")
            }
            order.direction = direction
        }
        if let value = members["orderBy"] {
            guard let field = value.string.flatMap({ QueryOrder.Field(rawValue: $0) }) else {
                throw RequestBody.invalidValue(value, "orderBy")
            }
            order.field = field
        }
        return order
    }
}
