/// One way in which an answer goes wrong.
enum Fault: Sendable, Equatable {
    /// An error of the API instead of the answer.
    case status(APIError)
    /// That answer, then 429 to everything until the time or the number of requests is over.
    case storm(microseconds: Int64?, requests: Int?, retryAfter: Int)
    /// TCP reset after so many bytes of the body.
    case reset(after: Int)
    /// Orderly close after so many bytes of the body.
    case truncate(after: Int)
    /// Orderly close instead of an answer.
    case drop
    /// A complete HTTP answer whose JSON stops after so many bytes; nil for half of it.
    case truncateJSON(after: Int?)
    /// The body in small pieces with pauses.
    case slow(chunk: Int, every: Duration)
    /// The right answer, late.
    case delay(Duration)
    /// All tokens become invalid, that of this request included.
    case expireTokens
    /// A page without records where there are some; `array` says whether the member is there.
    case emptyPage(array: Bool)
    /// The page before instead of the one asked for.
    case duplicatePage
    /// The right records under a total that is off by so many.
    case totalDrift(by: Int)
    /// A page of a proxy instead of JSON.
    case html(status: Int)
    /// A body that claims to be gzip and is damaged.
    case gzipCorrupt
    case mutate(Mutation)
    /// The page leads to itself instead of the next one.
    case cursorRepeat
    /// The cursor is refused.
    case cursorInvalid
    /// The number of pages is off by so many.
    case stalePageCount(by: Int, Place)

    /// The job comes to a bad end.
    case job(Job.Fate)

    /// The first record is so large, by a long value.
    case oversizedRecord(bytes: Int)
    /// So much white space before the records.
    case hugePage(bytes: Int)
    /// A byte order mark before the body.
    case bom
    /// The right body under another media type.
    case wrongContentType(String)
    /// A small compressed body that inflates to so many bytes and more.
    case gzipBomb(bytes: Int)

    /// Where a number of pages stands.
    enum Place: String, Sendable, CaseIterable {
        case body, header, both
    }

    /// Whether it can happen to an answer of that endpoint.
    func canStrike(_ endpoint: Endpoint) -> Bool {
        switch self {
        case .status, .reset, .truncate, .drop, .truncateJSON, .slow, .delay, .html, .bom, .wrongContentType: true
        case .storm, .expireTokens: endpoint.isOfAPI
        case .emptyPage, .duplicatePage, .gzipCorrupt, .mutate, .oversizedRecord, .hugePage, .gzipBomb:
            endpoint.hasPages
        case .totalDrift: endpoint == .detailsQuery
        case .cursorRepeat, .cursorInvalid: endpoint.hasCursor
        case .stalePageCount: endpoint.hasPageCount
        case .job: endpoint.decidesJobs
        }
    }
}
