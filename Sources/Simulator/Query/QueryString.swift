import HTTPServer

/// The fields of a query string as they came: nothing decoded.
struct QueryString: Sendable {
    private let fields: [(name: Substring, value: Substring)]

    init(_ request: HTTPServerRequest) {
        fields = (request.query ?? "").split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts[0], parts.count == 2 ? parts[1] : "")
        }
    }

    /// The undecoded text of the first field of that name.
    func raw(_ name: String) -> String? {
        fields.first { $0.name == name }.map { String($0.value) }
    }

    /// The text of the first field of that name, percent-decoded.
    func text(_ name: String) -> String? {
        raw(name).flatMap { Credentials.form("v=\($0)".utf8)["v"] }
    }

    /// - Throws: the answer of the API to a field it does not know.
    func refuseOthers(than known: Set<String>) throws(APIError) {
        if let unknown = fields.first(where: { !known.contains(String($0.name)) }) {
            throw .badRequest("Unknown query parameter \"\(unknown.name)\".", code: "invalid.query.param.value")
        }
    }
}
