import HTTP
import TrawlCore

/// Writes every request: the profile's template, the user's filter, and what the walk itself puts in.
struct RequestWriter: Sendable {
    struct Bytes: Hashable, Sendable {
        let method: String
        /// Path and query string, byte for byte as they are sent.
        let target: String
        let body: [UInt8]?

        /// The request to send.
        func request(
            to service: ServiceURL, token: Secret, timeouts: HTTPTimeouts, maximumBodySize: Int
        ) -> HTTPRequest {
            HTTPRequest(
                method: method, url: service.origin, target: service.path + target,
                headers: [("Authorization", "Bearer \(token.exposed)")]
                    + (body == nil ? [] : [("Content-Type", "application/json")])
                    + [("Accept", "application/json")],
                body: body, timeouts: timeouts, maximumBodySize: maximumBodySize)
        }
    }

    private let profile: EndpointProfile
    /// The body before the walk's own parameters.
    private let template: JSONValue

    init(profile: EndpointProfile, filter: JSONValue?, match: Match) throws(FilterError) {
        self.profile = profile
        var template = JSONValue.object(
            profile.body.merging(try profile.members(ofFilter: filter)) { _, filter in filter })
        if match == .started, let flag = profile.paging.continuation.job?.startedOnly {
            template.set(.bool(true), at: flag.components[...])
        }
        self.template = template
    }

    /// The same request gives the same bytes: the body is canonical JSON, and the query string has its parameters in
    /// the order interval, page size, page or cursor.
    func bytes(_ request: PageRequest) throws(FetchFailure) -> Bytes {
        let paging = profile.paging
        var draft = Draft(body: template)
        if let job = request.job, let form = paging.continuation.job {
            draft.path = "\(path(of: job))/\(form.results)"
        } else {
            draft.path = profile.path
            put(request.interval, in: &draft)
        }
        draft.put(request.size, at: paging.pageSize.parameter)
        switch (paging.continuation, request.position.cursor) {
        case (.number(let page), _): draft.put(request.number, at: page)
        case (.cursor(_, let page?), nil): draft.put(1, at: page)
        case (.cursor(let form, _), let cursor?), (.job(_, let form), let cursor?):
            let text = try Self.text(cursor, form)
            draft.put(.string(text.plain), text.encoded, at: form.parameter)
        case (.cursor(_, nil), nil), (.job, nil): break
        }
        return request.job == nil ? draft.bytes(profile.method.rawValue) : draft.bytes("GET")
    }

    /// - Precondition: the endpoint answers by jobs, and tells its availability where that is asked for.
    func bytes(_ request: JobRequest) -> Bytes {
        var draft = Draft(body: template)
        draft.path = profile.path
        switch request {
        case .availability:
            guard let component = profile.paging.continuation.job?.availability else {
                preconditionFailure("this endpoint does not tell its availability")
            }
            draft.path += "/\(component)"
            return draft.bytes("GET")
        case .submit(let interval):
            put(interval, in: &draft)
            return draft.bytes("POST")
        case .status(let job):
            draft.path = path(of: job)
            return draft.bytes("GET")
        case .delete(let job):
            draft.path = path(of: job)
            return draft.bytes("DELETE")
        }
    }

    private func path(of job: JobID) -> String { "\(profile.path)/\(PercentEncoding.encode(job.text))" }

    private func put(_ interval: Interval, in draft: inout Draft) {
        switch profile.interval {
        case .single(let parameter): draft.put(interval.apiText, at: parameter)
        case .ends(let from, let to, let inclusiveEnd):
            draft.put(interval.from.rfc3339, at: from)
            draft.put((inclusiveEnd ? interval.to + -1 : interval.to).rfc3339, at: to)
        }
    }

    /// A request while its parameters are put in.
    private struct Draft {
        var path = ""
        var body: JSONValue
        var query: [String] = []

        init(body: JSONValue) { self.body = body }

        mutating func put(_ value: JSONValue, _ text: String, at parameter: EndpointProfile.Parameter) {
            switch parameter.place {
            case .body: body.set(value, at: parameter.components[...])
            case .query: query.append("\(PercentEncoding.encode(parameter.key))=\(text)")
            }
        }

        mutating func put(_ text: String, at parameter: EndpointProfile.Parameter) {
            put(.string(text), PercentEncoding.encode(text), at: parameter)
        }

        mutating func put(_ number: Int, at parameter: EndpointProfile.Parameter) {
            put(.integer(Int64(number)), String(number), at: parameter)
        }

        func bytes(_ method: String) -> Bytes {
            Bytes(
                method: method, target: path + (query.isEmpty ? "" : "?" + query.joined(separator: "&")),
                body: method == "POST" ? Array(body.canonical.utf8) : nil)
        }
    }

    /// The cursor as a text, and as it goes into a query string. One that cannot be sent without changing a byte is
    /// refused: a changed cursor is an invalid one, or worse, another one.
    private static func text(
        _ cursor: Cursor, _ form: EndpointProfile.CursorForm
    ) throws(FetchFailure) -> (plain: String, encoded: String) {
        func refusal(_ problem: String) -> FetchFailure {
            .refused(
                FailureDetail(
                    message: "the reply's cursor '\(form.source.text)' cannot be sent back unchanged: \(problem)"))
        }
        let needsText = form.parameter.place == .body || form.encoding == .verbatim
        guard let plain = String(validating: cursor.bytes, as: UTF8.self) else {
            if needsText { throw refusal("it holds half of a surrogate pair, which has no bytes") }
            return ("", PercentEncoding.encode(cursor.bytes))
        }
        guard form.parameter.place == .query else { return (plain, "") }
        if form.encoding == .percent { return (plain, PercentEncoding.encode(plain)) }
        if let index = cursor.bytes.firstIndex(where: { $0 <= 0x20 || $0 == 0x7F }) {
            let byte = String(cursor.bytes[index], radix: 16)
            throw refusal(
                "byte \(index) of it is 0x\(byte.count == 1 ? "0" : "")\(byte), which a query string cannot hold as it is; "
                    + "the profile says encoding verbatim, is it percent?")
        }
        return (plain, plain)
    }
}

extension JSONValue {
    /// Puts `value` where the components lead; whatever else is in the objects on the way stays.
    fileprivate mutating func set(_ value: JSONValue, at components: ArraySlice<String>) {
        guard let first = components.first else {
            self = value
            return
        }
        var members: [String: JSONValue] = [:]
        if case .object(let given) = self { members = given }
        members[first, default: .null].set(value, at: components.dropFirst())
        self = .object(members)
    }
}
