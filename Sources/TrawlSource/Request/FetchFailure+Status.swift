import HTTP
import TrawlCore

/// What the status of an answer is understood by.
struct FailedRequest: Hashable, Sendable {
    /// What the profile calls the cursor, where the request had one.
    var cursorKey: String?
    /// What the profile calls the page size.
    var pageSizeKey: String?
    /// The request named a job.
    var hasJob = false
    /// The request was to submit a job.
    var isSubmission = false
}

extension FetchFailure {
    private static let tooLargeCodes = ["response.entity.too.large", "payload.too.large"]
    private static let tooDeepText = "pagination may not exceed"

    /// What an answer other than 200 means. Statuses decide first, then codes and texts: the same code comes with
    /// different statuses.
    init(_ answer: ErrorAnswer, of response: HTTPResponse, host: String, request: FailedRequest) {
        var detail = answer.detail
        switch answer.status {
        case 401:
            detail.message += "; \(host) refuses fresh tokens too: check that the region is the organisation's"
            self = .tokenRefused(detail)
        case 403:
            detail.message += "; check the OAuth client's role (permission to view conversation details) and divisions"
            self = .denied(detail)
        case 429:
            let wait = RetryAfter.duration(of: response, message: answer.message, now: .now)
            let isFull =
                request.isSubmission && "\(answer.limit ?? "") \(answer.message)".lowercased().contains("concurrent")
            self = isFull ? .busy(retryAfter: wait, detail) : .throttled(retryAfter: wait, detail)
        case 400 where answer.message.lowercased().contains(Self.tooDeepText):
            self = .tooDeep(detail)
        case 413,
            400 where Self.tooLargeCodes.contains(answer.code ?? ""):
            self = .tooLarge(detail)
        case 400 where request.cursorKey.map { Self.isAbout(cursor: $0, answer) } ?? false,
            410 where request.cursorKey != nil:
            self = .cursorRefused(detail)
        case 400 where Self.isAbout(pageSize: request.pageSizeKey, answer):
            self = .pageSizeRefused(detail)
        // Whatever is wrong with a job that was there, such as its end or its expiry, another one may do.
        case 400 where request.hasJob, 404 where request.hasJob, 410 where request.hasJob:
            self = .cursorRefused(detail)
        case 408, 500..., ..<300:
            self = .transient(detail)
        default:
            self = .refused(detail)
        }
    }

    /// APIs name the parameter, or speak of the size of a page.
    private static func isAbout(pageSize key: String?, _ answer: ErrorAnswer) -> Bool {
        let text = "\(answer.code ?? "") \(answer.message)".lowercased()
        return [key?.lowercased(), "pagesize", "page size"].contains { $0.map(text.contains) ?? false }
    }

    /// APIs name the parameter, or speak of the cursor or token in general.
    private static func isAbout(cursor key: String, _ answer: ErrorAnswer) -> Bool {
        let text = "\(answer.code ?? "") \(answer.message)".lowercased()
        return [key.lowercased(), "cursor", "token"].contains { text.contains($0) }
    }
}
