/// One request of a walk.
package struct PageRequest: Hashable, Sendable {
    package let interval: Interval
    /// 1-based.
    package let number: Int
    package let size: Int

    package init(interval: Interval, number: Int, size: Int) {
        self.interval = interval
        self.number = number
        self.size = size
    }
}

/// One API response, validated and split into records.
package struct Page: Sendable {
    package let records: PageRecords
    /// The total the page states, where the endpoint has one.
    package let total: Int?
    /// XXH3-128 of the body.
    package let digest: Digest128
    /// Bytes on the wire.
    package let wireBytes: Int

    package init(records: PageRecords, total: Int?, digest: Digest128, wireBytes: Int) {
        self.records = records
        self.total = total
        self.digest = digest
        self.wireBytes = wireBytes
    }
}

/// Why a page was not obtained, by what to do about it.
package enum FetchFailure: Error, Hashable, Sendable {
    /// 429. Costs no attempt: everybody waits at the gate.
    case throttled(retryAfter: Duration?, FailureDetail)
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
    /// The request itself is wrong; asking again changes nothing.
    case refused(FailureDetail)

    package var detail: FailureDetail {
        switch self {
        case .throttled(_, let detail), .transient(let detail), .unreachable(let detail),
            .tokenRefused(let detail), .denied(let detail), .tooDeep(let detail), .tooLarge(let detail),
            .refused(let detail):
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
        var text = ""
        if let status { text += "HTTP \(status) " }
        if let code { text += "\(code): " } else if status != nil { text += "- " }
        text += message
        if let correlationID { text += " (correlation id \(correlationID))" }
        return text
    }
}
