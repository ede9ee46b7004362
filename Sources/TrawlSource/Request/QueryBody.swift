import TrawlCore

/// Why a filter fragment cannot be used, in one line.
package struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

/// The request body of every page: the profile's template, the user's filter, and what the walk itself puts in.
struct QueryBody: Sendable {
    private let members: [String: JSONValue]

    /// What the walk sets: a filter that did would be overwritten, or make every page the same.
    private static let reserved = ["interval", "paging"]

    init(template: JSONValue, filter: JSONValue?) throws(FilterError) {
        var members: [String: JSONValue] = [:]
        if case .object(let given) = template { members = given }
        switch filter {
        case nil: break
        case .object(let given):
            if let key = Self.reserved.first(where: { given[$0] != nil }) {
                throw FilterError(description: "the filter must not set '\(key)': Trawl sets it for every request")
            }
            members.merge(given) { _, filter in filter }
        default: throw FilterError(description: "the filter must be a JSON object")
        }
        self.members = members
    }

    /// Canonical JSON: the same request gives the same bytes.
    func bytes(_ request: PageRequest) -> [UInt8] {
        var members = members
        members["interval"] = .string(request.interval.apiText)
        members["paging"] = .object([
            "pageSize": .integer(Int64(request.size)), "pageNumber": .integer(Int64(request.number)),
        ])
        return Array(JSONValue.object(members).canonical.utf8)
    }
}
