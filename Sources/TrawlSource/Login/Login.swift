import FoundationEssentials
import HTTP
import TrawlCore

/// One exchange with the login service.
struct Login: Sendable {
    struct Granted: Sendable {
        let token: Secret
        let lifetime: Duration
    }

    let credentials: ClientCredentials
    let service: ServiceURL
    let client: HTTPClient
    let timeouts: HTTPTimeouts

    /// The shortest lifetime a client can be given; taken where the answer states none.
    private static let shortestLifetime = 300

    func perform() async throws(FetchFailure) -> Granted { try await exchange().granted }

    /// As ``perform()``, with the answer itself.
    func exchange() async throws(FetchFailure) -> (granted: Granted, response: HTTPResponse) {
        let pair = "\(credentials.id):\(credentials.secret.exposed)"
        let basic = Data(pair.utf8).base64EncodedString()
        let request = HTTPRequest(
            method: "POST", url: service.origin, target: service.path + "/oauth/token",
            headers: [
                ("Authorization", "Basic \(basic)"), ("Content-Type", "application/x-www-form-urlencoded"),
                ("Accept", "application/json"),
            ],
            body: Array("grant_type=client_credentials".utf8), timeouts: timeouts, maximumBodySize: 1 << 20)
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(request)
        } catch {
            throw FetchFailure(error)
        }
        guard response.status == 200 else { throw failure(response, hiding: [credentials.secret.exposed, basic]) }
        return (try granted(response), response)
    }

    private func granted(_ response: HTTPResponse) throws(FetchFailure) -> Granted {
        // Whatever does not decode has no token either, which is reported below.
        let body = try? JSONDecoder().decode(JSONValue.self, from: Data(response.body))
        guard let token = body?["access_token"]?.string, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw .transient(
                FailureDetail(status: 200, message: "\(service.host) answered without a usable access token"))
        }
        let seconds = body?["expires_in"]?.integer ?? Self.shortestLifetime
        return Granted(token: Secret(token), lifetime: .seconds(min(max(seconds, 1), 366 * 86_400)))
    }

    private func failure(_ response: HTTPResponse, hiding secrets: [String]) -> FetchFailure {
        let answer = ErrorAnswer(response, hiding: secrets)
        var detail = answer.detail
        detail.message = "login at \(service.host) failed: \(answer.message)"
        switch response.status {
        case 408, 500...:
            return .transient(detail)
        case 429:
            let pause = RetryAfter.duration(of: response, message: answer.message, now: .now)
            return .throttled(retryAfter: pause, detail)
        case 400, 401, 403:
            detail.message += "; check the client id and secret, that the client's grant type is Client Credentials,"
            detail.message += " and that the region is the organisation's"
            return .denied(detail)
        default:
            detail.message += "; check that the login URL or the region is right"
            return .denied(detail)
        }
    }
}

extension Instant {
    /// The wall clock.
    static var now: Instant {
        Instant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }
}
