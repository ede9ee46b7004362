import HTTP
import TrawlCore
import TrawlSource

/// Joins the API's address and the credentials into a source of pages.
enum APIAccess {
    private static let loginTries = 5

    /// Gets a token, so that wrong credentials are found before anything is created.
    static func check(_ settings: APISettings) async throws {
        let http = HTTPClient(authorities: settings.authorities)
        defer { http.close() }
        let tokens = try tokens(settings, http: http)
        let backoff = Backoff(base: .milliseconds(500), cap: .seconds(4))
        var tries = 0
        while true {
            do {
                _ = try await tokens.token()
                return
            } catch .denied(let detail) {
                throw Failure(ExitCode.denied, "\(detail)")
            } catch {
                tries += 1
                guard tries < loginTries, !error.isCertificateRefusal else {
                    throw Failure(ExitCode.incomplete, "cannot log in: \(error)")
                }
                try await Task.sleep(for: backoff.delay(after: tries))
            }
        }
    }

    static func source(plan: Plan, settings: APISettings, http: HTTPClient) throws -> GenesysSource {
        do {
            return try GenesysSource(
                profile: plan.profile, filter: plan.filter, match: plan.match,
                apiURL: try service(settings.apiURL), tokens: try tokens(settings, http: http), client: http)
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
