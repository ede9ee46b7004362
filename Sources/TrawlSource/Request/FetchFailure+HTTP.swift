import HTTP
import TrawlCore

extension FetchFailure {
    /// What a request without an answer means.
    init(_ error: HTTPError) {
        let detail = FailureDetail(message: PlainText.line(error.description, limit: 300))
        self =
            switch error {
            case .connect, .tls, .timeout(_, phase: .connect): .unreachable(detail)
            case .timeout, .transfer, .encoding, .cancelled, .closed: .transient(detail)
            case .bodyTooLarge: .tooLarge(detail)
            case .invalidRequest: .refused(detail)
            }
    }
}
