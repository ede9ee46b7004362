/// What can be asked of the imitated API. The raw values name endpoints in fault scripts and counters.
enum Endpoint: String, Sendable, CaseIterable {
    case token
    case limits
    /// The real synchronous query.
    case detailsQuery = "details-query"
    case cursorQuery = "details-query-cursor"
    case tokenQuery = "details-query-token"
    case pagedQuery = "details-query-paged"
    case pageCountQuery = "details-query-pagecount"
    case summaryQueries = "summary-queries"
    case jobSubmit = "job-submit"
    case jobStatus = "job-status"
    case jobResults = "job-results"
    case jobDelete = "job-delete"
    case jobAvailability = "job-availability"

    /// Whether its answers hold records.
    var hasPages: Bool {
        switch self {
        case .detailsQuery, .cursorQuery, .tokenQuery, .pagedQuery, .pageCountQuery, .summaryQueries, .jobResults: true
        case .token, .limits, .jobSubmit, .jobStatus, .jobDelete, .jobAvailability: false
        }
    }

    /// Whether a request for it is about an interval.
    var hasInterval: Bool { hasPages || self == .jobSubmit || self == .jobStatus || self == .jobDelete }

    /// Whether its pages are chained by an opaque position.
    var hasCursor: Bool { self == .cursorQuery || self == .tokenQuery || self == .jobResults }

    /// Whether its pages tell how many pages there are.
    var hasPageCount: Bool { self == .pagedQuery || self == .pageCountQuery || self == .summaryQueries }

    /// Whether a fault there can decide what becomes of a job.
    var decidesJobs: Bool { self == .jobSubmit || self == .jobStatus || self == .jobResults }

    /// Whether requests to it count towards the quota of the API.
    var isOfAPI: Bool { self != .token }
}
