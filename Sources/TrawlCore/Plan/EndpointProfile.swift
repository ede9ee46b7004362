import FoundationEssentials

/// Data that describes one way to page through one API endpoint.
package struct EndpointProfile: Hashable, Sendable, Codable {
    package struct PageSize: Hashable, Sendable, Codable {
        package let standard: Int
        package let maximum: Int
    }

    package struct Paging: Hashable, Sendable, Codable {
        /// The largest `pageSize × pageNumber` the API answers; nil where there is none.
        package let depth: Int?
        package let pageSize: PageSize
    }

    package struct Records: Hashable, Sendable, Codable {
        /// The key of the page's record array; the first of these that the page has.
        package let keys: [String]
        package let id: String
        package let start: String
        package let end: String
    }

    package let name: String
    package let method: String
    package let path: String
    /// The request body before the walk's own `interval` and `paging` are put in.
    package let body: JSONValue
    package let paging: Paging
    package let records: Records
    /// The key of the page's total, where the endpoint gives one.
    package let total: String?

    /// The real synchronous API: `POST /api/v2/analytics/conversations/details/query`.
    package static let detailsQuery: EndpointProfile = {
        do {
            return try JSONDecoder().decode(EndpointProfile.self, from: Data(PackageResources.details_query_json))
        } catch {
            preconditionFailure("the built-in profile details-query does not decode: \(error)")
        }
    }()

    package static let builtIn: [EndpointProfile] = [detailsQuery]
}
