import HTTP
import TrawlCore
import TrawlSource

/// Joins the API's address and the credentials into a source of pages.
enum APIAccess {
    /// Gets a token, so that wrong credentials are found before anything is created.
    static func check(_ settings: APISettings) async throws {
        let http = HTTPClient()
        defer { http.close() }
        do {
            _ = try await tokens(settings, http: http).token()
        } catch let failure as FetchFailure {
            if case .denied(let detail) = failure { throw Failure(ExitCode.denied, "\(detail)") }
            throw Failure(ExitCode.incomplete, "cannot log in: \(failure)")
        }
    }

    static func source(plan: Plan, settings: APISettings, http: HTTPClient) throws -> GenesysSource {
        do {
            return try GenesysSource(
                profile: plan.profile, filter: plan.filter, apiURL: try service(settings.apiURL),
                tokens: try tokens(settings, http: http), client: http)
        } catch let error as FilterError {
            throw Failure.usage("\(error)")
        }
    }

    private static func tokens(_ settings: APISettings, http: HTTPClient) throws -> AccessTokens {
        switch settings.credentials {
        case .token(let token): AccessTokens(fixed: token)
        case .client(let id, let secret):
            AccessTokens(
                credentials: ClientCredentials(id: id, secret: secret), loginURL: try service(settings.loginURL),
                client: http)
        }
    }

    private static func service(_ text: String) throws -> ServiceURL {
        guard let url = ServiceURL(text) else { throw Failure.usage("'\(text)' is no address of a service") }
        return url
    }
}
