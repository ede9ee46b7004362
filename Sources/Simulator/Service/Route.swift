/// Which endpoint a path means.
///
/// The same path of the query speaks differently to different gateways. A path may therefore begin with
/// `/dialect/NAME`, which says how `details/query` is meant; everything else stays where it is.
struct Route: Sendable {
    /// Nil when there is nothing at the path.
    let endpoint: Endpoint?
    /// What the path says beyond the endpoint: the name of a namespace or the id of a job.
    var name = ""

    private static let limits = "/api/v2/organizations/limits/namespaces/"
    private static let conversations = "/api/v2/analytics/conversations/"
    /// The names that may follow `/dialect/`, and what `details/query` means there.
    static let dialects: [String: Endpoint] = [
        "details-query": .detailsQuery, "details-query-cursor": .cursorQuery, "details-query-token": .tokenQuery,
        "details-query-paged": .pagedQuery, "details-query-pagecount": .pageCountQuery,
        "summary-queries": .detailsQuery,
        "details-jobs": .detailsQuery,
    ]

    init(_ path: String, method: String) {
        var path = path[...]
        var query = Endpoint.detailsQuery
        if path.hasPrefix("/dialect/") {
            let rest = path.dropFirst("/dialect/".count)
            let name = rest.prefix { $0 != "/" }
            guard let dialect = Self.dialects[String(name)] else {
                endpoint = nil
                return
            }
            query = dialect
            path = rest.dropFirst(name.count)
        }
        if path == "/oauth/token" {
            endpoint = .token
        } else if path.hasPrefix(Self.limits) {
            endpoint = .limits
            name = String(path.dropFirst(Self.limits.count))
        } else if path.hasPrefix(Self.conversations) {
            switch path.dropFirst(Self.conversations.count) {
            case "details/query": endpoint = query
            case "summary/queries": endpoint = .summaryQueries
            case let rest where rest.hasPrefix("details/jobs"):
                let parts = rest.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
                name = parts.first.map(String.init) ?? ""
                switch (parts.count, parts.last) {
                case (0, _) where rest == "details/jobs": endpoint = .jobSubmit
                case (1, "availability"): endpoint = .jobAvailability
                case (1, _): endpoint = method == "DELETE" ? .jobDelete : .jobStatus
                case (2, "results"): endpoint = .jobResults
                default: endpoint = nil
                }
            default: endpoint = nil
            }
        } else {
            endpoint = nil
        }
    }
}
