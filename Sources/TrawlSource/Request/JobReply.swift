import FoundationEssentials
import HTTP
import TrawlCore

/// A reply about a job: a small JSON object.
struct JobReply {
    private let body: JSONValue
    private let detail: FailureDetail

    /// Throws ``FetchFailure/transient(_:)`` for what is no JSON object.
    init(_ response: HTTPResponse, token: Secret) throws(FetchFailure) {
        detail = ErrorAnswer(response, hiding: [token.exposed]).detail
        guard let body = try? JSONDecoder().decode(JSONValue.self, from: Data(response.body)), case .object = body
        else {
            throw .transient(detail)
        }
        self.body = body
    }

    func id(_ form: JobForm) throws(FetchFailure) -> JobID {
        guard let id = value(form.id)?.string.flatMap(JobID.init) else { throw lacks(form.id) }
        return id
    }

    func status(_ form: JobForm) throws(FetchFailure) -> JobStatus {
        guard let state = value(form.state)?.string else { throw lacks(form.state) }
        if form.running.contains(state) { return .running }
        if form.done.contains(state) { return .done }
        let reason = form.error.flatMap { value($0)?.string }.map { PlainText.line($0, limit: 300) }
        let text = PlainText.line(state, limit: 40) + (reason.map { ", \($0)" } ?? "")
        return form.failed.contains(state) ? .failed(text) : .gone(text)
    }

    /// Nil for what is no instant.
    func availableTo(_ form: JobForm) -> Instant? {
        form.availableTo.flatMap { value($0)?.string }.flatMap { Instant(rfc3339: $0.utf8) }
    }

    private func value(_ key: EndpointProfile.ReplyKey) -> JSONValue? {
        guard let parent = key.parent else { return body[key.key] }
        return body[parent]?[key.key]
    }

    private func lacks(_ key: EndpointProfile.ReplyKey) -> FetchFailure {
        var detail = detail
        detail.message = "the reply has no '\(key.text)'"
        return .transient(detail)
    }
}
