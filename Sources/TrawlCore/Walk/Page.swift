/// What the API gives to ask for the next page with: the decoded bytes of the reply's text, whatever they are.
package struct Cursor: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// Which page of a walk. The first one has number 1 and no cursor.
package struct PagePosition: Hashable, Sendable {
    /// 1-based, counted by the walk.
    package let number: Int
    /// Where the endpoint pages by cursor; nil for the first page.
    package let cursor: Cursor?

    package init(number: Int, cursor: Cursor? = nil) {
        self.number = number
        self.cursor = cursor
    }

    package static let first = PagePosition(number: 1)
}

/// One request of a walk.
package struct PageRequest: Hashable, Sendable {
    package let interval: Interval
    package let position: PagePosition
    package let size: Int
    /// Whose results are read, where the endpoint answers by jobs.
    package let job: JobID?

    package init(interval: Interval, position: PagePosition, size: Int, job: JobID? = nil) {
        self.interval = interval
        self.position = position
        self.size = size
        self.job = job
    }

    package init(interval: Interval, number: Int, size: Int) {
        self.init(interval: interval, position: PagePosition(number: number), size: size)
    }

    /// 1-based.
    package var number: Int { position.number }
}

/// One API response, validated and split into records.
package struct Page: Sendable {
    package let records: PageRecords
    /// The total the page states, where the endpoint has one.
    package let total: Int?
    /// The number of pages the answer states: an estimate.
    package let pageCount: Int?
    /// The next cursor; nil where the reply has none, null or an empty one.
    package let cursor: Cursor?
    /// Up to where the data was complete that the page comes from, where the endpoint states it.
    package let availableTo: Instant?
    /// XXH3-128 of the body.
    package let digest: Digest128
    /// Bytes on the wire.
    package let wireBytes: Int
    /// The API's name for the request, where it gave one.
    package let correlationID: String?

    package init(
        records: PageRecords, total: Int?, pageCount: Int? = nil, cursor: Cursor? = nil, availableTo: Instant? = nil,
        digest: Digest128, wireBytes: Int, correlationID: String? = nil
    ) {
        self.records = records
        self.total = total
        self.pageCount = pageCount
        self.cursor = cursor
        self.availableTo = availableTo
        self.digest = digest
        self.wireBytes = wireBytes
        self.correlationID = correlationID
    }
}

/// Why a page was not obtained, by what to do about it.
package enum FetchFailure: Error, Hashable, Sendable {
    /// 429. Costs no attempt: everybody waits at the gate.
    case throttled(retryAfter: Duration?, FailureDetail)
    /// 429 to a submission: as many jobs run as may. Costs no attempt either, and keeps nobody else waiting.
    case busy(retryAfter: Duration?, FailureDetail)
    /// 408, 5xx, resets, time-outs, torn or malformed bodies: ask again after a backoff.
    case transient(FailureDetail)
    /// No connection could be made. Transient too, and counted apart so that a run can give up on a dead host.
    case unreachable(FailureDetail)
    /// 401 to a token that can be replaced, and will be by the next request.
    case tokenRefused(FailureDetail)
    /// Credentials or permission: no request of this run will succeed.
    case denied(FailureDetail)
    /// The page lies deeper than the API pages: the shard must be split.
    case tooDeep(FailureDetail)
    /// The page has more bytes than the API sends or Trawl takes: a smaller page size may do.
    case tooLarge(FailureDetail)
    /// The API takes no pages of this size.
    case pageSizeRefused(FailureDetail)
    /// The API does not take the cursor it gave or the job it named, or no longer: the walk must start over.
    case cursorRefused(FailureDetail)
    /// The request itself is wrong; asking again changes nothing.
    case refused(FailureDetail)

    package var detail: FailureDetail {
        switch self {
        case .throttled(_, let detail), .busy(_, let detail), .transient(let detail), .unreachable(let detail),
            .tokenRefused(let detail), .denied(let detail), .tooDeep(let detail), .tooLarge(let detail),
            .pageSizeRefused(let detail), .cursorRefused(let detail), .refused(let detail):
            detail
        }
    }
}

extension FetchFailure: CustomStringConvertible {
    package var description: String { detail.description }
}

/// What the API said of a failure.
package struct FailureDetail: Hashable, Sendable, CustomStringConvertible {
    package var status: Int?
    package var code: String?
    package var message: String
    package var correlationID: String?

    package init(status: Int? = nil, code: String? = nil, message: String, correlationID: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.correlationID = correlationID
    }

    package var description: String {
        correlationID.map { "\(summary) (correlation id \($0))" } ?? summary
    }

    /// Without the correlation id, for where that stands beside it.
    package var summary: String {
        var text = ""
        if let status { text += "HTTP \(status) " }
        if let code { text += "\(code): " } else if status != nil { text += "- " }
        return text + message
    }
}
