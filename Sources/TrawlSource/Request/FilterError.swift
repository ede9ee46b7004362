package import TrawlCore

/// Why a filter fragment cannot be used, in one line.
package struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

extension EndpointProfile {
    /// The members of a filter. Throws for one that this endpoint cannot take.
    package func members(ofFilter filter: JSONValue?) throws(FilterError) -> [String: JSONValue] {
        switch filter {
        case nil: return [:]
        case .object(let members):
            guard members.isEmpty || method != .get else {
                throw FilterError(description: "a filter is part of the body, which a GET request does not have")
            }
            if let key = reservedKeys.intersection(members.keys).min() {
                throw FilterError(
                    description:
                        "the filter must not set '\(key)': it belongs to the walk, which sets it for every request")
            }
            return members
        default: throw FilterError(description: "the filter must be a JSON object")
        }
    }
}
