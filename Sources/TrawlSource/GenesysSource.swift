package import HTTP
package import TrawlCore

/// The remote API: fetches one page per call, checks it and splits it.
package struct GenesysSource: PageSource {
    private let profile: EndpointProfile
    private let writer: RequestWriter
    private let splitter: PageSplitter
    private let service: ServiceURL
    private let tokens: AccessTokens
    private let client: HTTPClient
    private let timeouts: HTTPTimeouts
    private let maximumBodySize: Int

    /// `filter` is merged over the profile's body template, member by member; it must be an object without what the
    /// walk sets. `maximumBodySize` is in bytes, after inflating.
    package init(
        profile: EndpointProfile, filter: JSONValue? = nil, apiURL: ServiceURL, tokens: AccessTokens,
        client: HTTPClient, timeouts: HTTPTimeouts = HTTPTimeouts(), maximumBodySize: Int = 64 << 20
    ) throws(FilterError) {
        self.profile = profile
        writer = try RequestWriter(profile: profile, filter: filter)
        splitter = PageSplitter(profile: profile)
        service = apiURL
        self.tokens = tokens
        self.client = client
        self.timeouts = timeouts
        self.maximumBodySize = maximumBodySize
    }

    /// Makes sure of an access token, which may take a login.
    @concurrent
    package func prepare() async throws(FetchFailure) { _ = try await tokens.token() }

    /// Sends one request. A token that the API refuses is not used again: the caller, who has the slots, may repeat the
    /// request.
    @concurrent
    package func fetch(_ request: PageRequest) async throws(FetchFailure) -> Page {
        let bytes = try writer.bytes(request)
        let token = try await tokens.token()
        let response = try await send(bytes, token: token)
        guard response.status == 401 else { return try page(response, to: request, token: token) }
        await tokens.invalidate(token)
        guard tokens.areReplaceable else {
            // The API's own reason and correlation id are worth more than ours alone.
            var refusal = ErrorAnswer(response, hiding: [token.exposed]).detail
            refusal.message += "; \(AccessTokens.fixedTokenRefused.message)"
            throw .denied(refusal)
        }
        return try page(response, to: request, token: token)
    }

    private func send(_ bytes: RequestWriter.Bytes, token: Secret) async throws(FetchFailure) -> HTTPResponse {
        let request = HTTPRequest(
            method: profile.method.rawValue, url: service.origin, target: service.path + bytes.target,
            headers: [("Authorization", "Bearer \(token.exposed)")]
                + (bytes.body == nil ? [] : [("Content-Type", "application/json")])
                + [("Accept", "application/json")],
            body: bytes.body, timeouts: timeouts, maximumBodySize: maximumBodySize)
        do throws(HTTPError) {
            return try await client.send(request)
        } catch {
            throw FetchFailure(error)
        }
    }

    private func page(_ response: HTTPResponse, to request: PageRequest, token: Secret) throws(FetchFailure) -> Page {
        guard response.status == 200 else {
            let answer = ErrorAnswer(response, hiding: [token.exposed])
            throw FetchFailure(
                answer, of: response, host: service.host, cursorKey: request.position.cursor.flatMap { _ in cursorKey })
        }
        if let type = response.header("Content-Type"), !type.lowercased().contains("json") {
            throw .transient(ErrorAnswer(response, hiding: [token.exposed]).detail)
        }
        do throws(MalformedPage) {
            let page = try splitter.split(response.body)
            let digest = response.body.withUnsafeBufferPointer { Digest128($0) }
            return Page(
                records: page.records, total: page.total, pageCount: pageCount(response) ?? page.pageCount,
                cursor: page.cursor, digest: digest, wireBytes: response.wireBytes)
        } catch {
            let id = response.header("ININ-Correlation-Id").map { PlainText.line($0, limit: 80) }
            let message = "\(error.description) of \(response.body.count)"
            throw .transient(FailureDetail(status: 200, message: message, correlationID: id))
        }
    }

    /// The count of the profile's header. What is no count is not there: it is an estimate anyway.
    private func pageCount(_ response: HTTPResponse) -> Int? {
        guard let text = profile.pageCount?.header.flatMap(response.header), !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }

    private var cursorKey: String? {
        if case .cursor(let form, _) = profile.paging.continuation { form.parameter.key } else { nil }
    }
}
