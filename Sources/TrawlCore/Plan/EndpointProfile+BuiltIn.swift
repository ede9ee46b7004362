import FoundationEssentials

extension EndpointProfile {
    /// The real synchronous API: `POST /api/v2/analytics/conversations/details/query`.
    package static let detailsQuery = profile(of: PackageResources.details_query_json)

    /// The default first.
    package static let builtIn: [EndpointProfile] = sources.map(profile(of:))

    private static let sources = [
        PackageResources.details_query_json, PackageResources.details_jobs_json,
        PackageResources.details_query_cursor_json,
        PackageResources.details_query_token_json, PackageResources.details_query_paged_json,
        PackageResources.details_query_pagecount_json, PackageResources.summary_queries_json,
    ]

    /// The file of a built-in profile, its keys in the order of the documentation.
    package static func source(ofBuiltIn name: String) -> [UInt8]? {
        builtIn.firstIndex { $0.name == name }.map { sources[$0] }
    }

    package static func builtIn(named name: String) -> EndpointProfile? {
        builtIn.first { $0.name == name }
    }

    private static func profile(of json: [UInt8]) -> EndpointProfile {
        do {
            return try EndpointProfile(json: Data(json))
        } catch {
            preconditionFailure("a built-in profile is not valid: \(error)")
        }
    }
}
