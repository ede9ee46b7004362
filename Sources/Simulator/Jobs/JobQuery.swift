import TrawlCore

/// A valid body of `POST /api/v2/analytics/conversations/details/jobs`.
struct JobQuery: Sendable {
    let search: ConversationSearch
    /// The most results that are wanted.
    let limit: Int?

    private static let members = ConversationSearch.members.union([
        "interval", "limit", "startOfDayIntervalMatching",
    ])

    /// - Throws: the answer of the API to a body it refuses.
    init(_ members: [String: JSONValue]) throws(APIError) {
        try RequestBody.refuseOthers(members, than: Self.members, in: "the query")
        let interval = try RequestBody.interval(members["interval"], limit: nil)
        var rule = SelectionRule.lifetime
        switch members["startOfDayIntervalMatching"] {
        case nil, .bool(false): break
        // Started on the first day of the interval or later, and was going on in it: no more than overlap by days.
        case .bool(true): rule = .dayOverlap
        case let value?: throw RequestBody.invalidValue(value, "startOfDayIntervalMatching")
        }
        search = try ConversationSearch(members, interval: interval, rule: rule)
        guard let value = members["limit"] else {
            limit = nil
            return
        }
        guard let number = value.integer, (1...Int(Int32.max)).contains(number) else {
            throw RequestBody.invalidValue(value, "limit")
        }
        limit = number
    }
}
