import TrawlCore

/// Writes the request of every page: the profile's template, the user's filter, and what the walk itself puts in.
struct RequestWriter: Sendable {
    struct Bytes: Hashable, Sendable {
        /// Path and query string, byte for byte as they are sent.
        let target: String
        let body: [UInt8]?
    }

    private let profile: EndpointProfile
    /// The body before the walk's own parameters.
    private let template: JSONValue

    init(profile: EndpointProfile, filter: JSONValue?) throws(FilterError) {
        self.profile = profile
        template = .object(profile.body.merging(try profile.members(ofFilter: filter)) { _, filter in filter })
    }

    /// The same request gives the same bytes: the body is canonical JSON, and the query string has its parameters in
    /// the order interval, page size, page or cursor.
    func bytes(_ request: PageRequest) throws(FetchFailure) -> Bytes {
        var body = template
        var query: [String] = []
        func put(_ value: JSONValue, _ text: String, at parameter: EndpointProfile.Parameter) {
            switch parameter.place {
            case .body: body.set(value, at: parameter.components[...])
            case .query: query.append("\(PercentEncoding.encode(parameter.key))=\(text)")
            }
        }
        func put(_ text: String, at parameter: EndpointProfile.Parameter) {
            put(.string(text), PercentEncoding.encode(text), at: parameter)
        }
        func put(_ number: Int, at parameter: EndpointProfile.Parameter) {
            put(.integer(Int64(number)), String(number), at: parameter)
        }
        switch profile.interval {
        case .single(let parameter): put(request.interval.apiText, at: parameter)
        case .ends(let from, let to, let inclusiveEnd):
            put(request.interval.from.rfc3339, at: from)
            put((inclusiveEnd ? request.interval.to + -1 : request.interval.to).rfc3339, at: to)
        }
        put(request.size, at: profile.paging.pageSize.parameter)
        switch (profile.paging.continuation, request.position.cursor) {
        case (.number(let page), _): put(request.number, at: page)
        case (.cursor(_, let page), nil):
            if let page { put(1, at: page) }
        case (.cursor(let form, _), let cursor?):
            let text = try Self.text(cursor, form)
            put(.string(text.plain), text.encoded, at: form.parameter)
        }
        let target = profile.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        return Bytes(target: target, body: profile.method == .get ? nil : Array(body.canonical.utf8))
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
