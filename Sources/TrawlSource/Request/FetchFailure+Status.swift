import HTTP
import TrawlCore

extension FetchFailure {
    private static let tooLargeCodes = ["response.entity.too.large", "payload.too.large"]
    private static let tooDeepText = "pagination may not exceed"

    /// What an answer other than 200 means. Statuses decide first, then codes and texts: the same code comes with
    /// different statuses. `cursorKey` is what the profile calls the cursor, where the request had one.
    init(_ answer: ErrorAnswer, of response: HTTPResponse, host: String, cursorKey: String?) {
        var detail = answer.detail
        switch answer.status {
        case 401:
            detail.message += "; \(host) refuses a fresh token too: check that the region is the organisation's"
            self = .tokenRefused(detail)
        case 403:
            detail.message += "; check the OAuth client's role (permission to view conversation details) and divisions"
            self = .denied(detail)
        case 429:
            self = .throttled(
                retryAfter: RetryAfter.duration(of: response, message: answer.message, now: .now), detail)
        case 400 where answer.message.lowercased().contains(Self.tooDeepText):
            self = .tooDeep(detail)
        case 413,
            400 where Self.tooLargeCodes.contains(answer.code ?? ""):
            self = .tooLarge(detail)
        case 400 where cursorKey.map { Self.isAbout(cursor: $0, answer) } ?? false, 410 where cursorKey != nil:
            self = .cursorRefused(detail)
        case 408, 500..., ..<300:
            self = .transient(detail)
        default:
            self = .refused(detail)
        }
    }

    /// APIs name the parameter, or speak of the cursor or token in general.
    private static func isAbout(cursor key: String, _ answer: ErrorAnswer) -> Bool {
        let text = "\(answer.code ?? "") \(answer.message)".lowercased()
        return [key.lowercased(), "cursor", "token"].contains { text.contains($0) }
    }
}
