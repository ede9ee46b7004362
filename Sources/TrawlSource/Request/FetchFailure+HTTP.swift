import HTTP
import TrawlCore

extension FetchFailure {
    private static let certificateCode = "certificate"

    /// The host shows a certificate that cannot be trusted: asking again in a moment changes nothing.
    package var isCertificateRefusal: Bool {
        if case .unreachable(let detail) = self { detail.code == Self.certificateCode } else { false }
    }

    /// What a request without an answer means.
    init(_ error: HTTPError) {
        var detail = FailureDetail(message: PlainText.line(error.description, limit: 300))
        if case .certificate = error {
            detail.code = Self.certificateCode
            detail.message += "; if the host is your own, name the file of its certificate authority in SSL_CERT_FILE"
        }
        self =
            switch error {
            case .connect, .tls, .certificate, .timeout(_, phase: .connect): .unreachable(detail)
            case .timeout, .transfer, .encoding, .cancelled, .closed: .transient(detail)
            case .bodyTooLarge: .tooLarge(detail)
            case .invalidRequest: .refused(detail)
            }
    }
}
