import TrawlCore

/// A valid body of the real `POST /api/v2/analytics/conversations/details/query`.
struct DetailsQuery: Sendable {
    let search: ConversationSearch
    let pageSize: Int
    let pageNumber: Int

    private static let members = ConversationSearch.members.union(["interval", "paging", "aggregations"])
    static let standardPageSize = 25
    static let deepestResult = 100_000

    /// - Throws: the answer of the API to a body it refuses.
    init(_ members: [String: JSONValue], options: SimulatorOptions) throws(APIError) {
        try RequestBody.refuseOthers(members, than: Self.members, in: "the query")
        let interval = try RequestBody.interval(members["interval"], limit: options.maximumIntervalDays)
        search = try ConversationSearch(members, interval: interval, rule: options.selection)
        (pageSize, pageNumber) = try Self.paging(members["paging"], options)
    }

    private static func paging(
        _ value: JSONValue?, _ options: SimulatorOptions
    ) throws(APIError) -> (size: Int, number: Int) {
        guard let value else { return (min(standardPageSize, options.maximumPageSize), 1) }
        guard case .object(let members) = value else { throw RequestBody.invalidValue(value, "paging") }
        try RequestBody.refuseOthers(members, than: ["pageSize", "pageNumber"], in: "paging")
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
}
