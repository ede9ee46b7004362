import FoundationEssentials
package import HTTP
package import TrawlCore

/// Single requests to the API, with what else their answers tell: for looking whether a run would work.
package struct APIProbe: Sendable {
    /// What an answer tells beside its content.
    package struct Observation: Sendable {
        /// From the request until the first byte of the answer.
        package let latency: Duration
        /// What the server's clock showed, to the second.
        package let date: Instant?
        package let isCompressed: Bool
        /// `name: value` of every header that speaks of a rate or a limit.
        package let limits: [String]
    }

    /// A login that worked.
    package struct Admission: Sendable {
        package let token: Secret
        package let lifetime: Duration
        package let observation: Observation
    }

    private static let limitsTarget = "/api/v2/organizations/limits/namespaces/platform.api"
    private static let limitKeys = ["client.credentials.token.rate.per.minute", "token.rate.per.minute"]

    private let client: HTTPClient
    private let timeouts = HTTPTimeouts(total: .seconds(30))

    package init(client: HTTPClient) {
        self.client = client
    }

    package func logIn(_ credentials: ClientCredentials, at service: ServiceURL) async throws(FetchFailure) -> Admission
    {
        let (granted, response) = try await Login(
            credentials: credentials, service: service, client: client, timeouts: timeouts
        ).exchange()
        return Admission(
            token: granted.token, lifetime: granted.lifetime,
            observation: observation(response, hiding: [granted.token.exposed, credentials.secret.exposed]))
    }

    /// Asks for one page, as small as the profile allows. Where the endpoint answers by jobs, asks how far its data
    /// goes, which needs the same permission; nil where it does not tell that.
    package func ask(
        _ profile: EndpointProfile, interval: Interval, at service: ServiceURL, token: Secret
    ) async throws(FetchFailure) -> Observation? {
        let writer: RequestWriter
        do throws(FilterError) {
            writer = try RequestWriter(profile: profile, filter: nil, match: .started)
        } catch {
            throw .refused(FailureDetail(message: "\(error)"))
        }
        let bytes: RequestWriter.Bytes
        if let job = profile.paging.continuation.job {
            guard job.availability != nil else { return nil }
            bytes = writer.bytes(JobRequest.availability)
        } else {
            bytes = try writer.bytes(
                PageRequest(interval: interval, position: .first, size: profile.paging.pageSize.minimum))
        }
        let response = try await send(bytes, at: service, token: token)
        return observation(response, hiding: [token.exposed])
    }

    /// The organisation's quota, in requests a minute; nil where the API has none to tell.
    package func quota(at service: ServiceURL, token: Secret) async throws(FetchFailure) -> Int? {
        let bytes = RequestWriter.Bytes(method: "GET", target: Self.limitsTarget, body: nil)
        let response = try await send(bytes, at: service, token: token)
        // What is no such document names no limit.
        guard let body = try? JSONDecoder().decode(JSONValue.self, from: Data(response.body)),
            case .array(let entities)? = body["entities"]
        else { return nil }
        return Self.limitKeys.lazy.compactMap { key in
            entities.first { $0["key"]?.string == key }?["value"]?.integer
        }.first
    }

    /// The answer, which is one of success.
    private func send(
        _ bytes: RequestWriter.Bytes, at service: ServiceURL, token: Secret
    ) async throws(FetchFailure) -> HTTPResponse {
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(
                bytes.request(to: service, token: token, timeouts: timeouts, maximumBodySize: 16 << 20))
        } catch {
            throw FetchFailure(error)
        }
        guard response.status == 200 else {
            throw FetchFailure(
                ErrorAnswer(response, hiding: [token.exposed]), of: response, host: service.host,
                request: FailedRequest())
        }
        return response
    }

    private func observation(_ response: HTTPResponse, hiding secrets: [String]) -> Observation {
        let limits = response.headers.filter { name, _ in
            let name = name.lowercased()
            return name.contains("ratelimit") || name.contains("rate-limit") || name == "retry-after"
        }
        return Observation(
            latency: response.timeToFirstByte, date: response.header("Date").flatMap(RetryAfter.httpDate),
            isCompressed: response.header("Content-Encoding")?.isEmpty == false,
            limits: limits.prefix(6).map { PlainText.line("\($0.0): \($0.1)", limit: 80, hiding: secrets) })
    }
}
