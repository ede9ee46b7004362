import FoundationEssentials

extension EndpointProfile {
    /// The real synchronous API: `POST /api/v2/analytics/conversations/details/query`.
    package static let detailsQuery = resource(PackageResources.details_query_json)

    /// The default first.
    package static let builtIn: [EndpointProfile] = [
        detailsQuery, resource(PackageResources.details_query_cursor_json),
        resource(PackageResources.details_query_token_json), resource(PackageResources.details_query_paged_json),
        resource(PackageResources.details_query_pagecount_json), resource(PackageResources.summary_queries_json),
    ]

    package static func builtIn(named name: String) -> EndpointProfile? {
        builtIn.first { $0.name == name }
    }

    private static func resource(_ json: [UInt8]) -> EndpointProfile {
        do {
            return try EndpointProfile(json: Data(json))
        } catch {
            preconditionFailure("a built-in profile is not valid: \(error)")
        }
    }
}
