/// A fault and the requests it happens to.
struct FaultRule: Sendable {
    var endpoint = Endpoint.detailsQuery
    /// Counted from 1 per endpoint.
    var requests: Set<Int>?
    var every: Int?
    var from: Int?
    var to: Int?
    var page: Int?
    /// A part of the text of the query's interval.
    var interval: String?
    var probability: Double?
    /// How often at most.
    var times: Int?
    var fault: Fault

    /// `chance` within [0, 1) decides where the rule has a probability.
    func matches(_ request: FaultRequest, chance: Double) -> Bool {
        request.endpoint == endpoint && requests?.contains(request.number) ?? true
            && every.map { request.number.isMultiple(of: $0) } ?? true
            && request.number >= from ?? 1 && request.number <= to ?? .max
            && page.map { $0 == request.page } ?? true
            && interval.map { request.interval.contains($0) } ?? true
            && probability.map { chance < $0 } ?? true
    }
}

/// What rules look at.
struct FaultRequest: Sendable {
    let endpoint: Endpoint
    var number = 0
    var page: Int?
    var interval = ""
}
