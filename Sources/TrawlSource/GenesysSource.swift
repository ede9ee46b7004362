package import HTTP
package import TrawlCore

/// The remote API: makes one request per call; a page is checked and split.
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
    /// walk sets. `match` is what the run keeps, for endpoints that can be told. `maximumBodySize` is in bytes, after
    /// inflating.
    package init(
        profile: EndpointProfile, filter: JSONValue? = nil, match: Match = .started, apiURL: ServiceURL,
        tokens: AccessTokens,
        client: HTTPClient, timeouts: HTTPTimeouts = HTTPTimeouts(), maximumBodySize: Int = 64 << 20
    ) throws(FilterError) {
        self.profile = profile
        writer = try RequestWriter(profile: profile, filter: filter, match: match)
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
        let (response, token) = try await answer(to: writer.bytes(request))
        guard response.status == 200 else {
            throw failure(
                response, token, cursorKey: request.position.cursor.flatMap { _ in cursorKey }, job: request.job)
        }
        try checkType(response, token)
        do throws(MalformedPage) {
            let page = try splitter.split(response.body)
            let digest = response.body.withUnsafeBufferPointer { Digest128($0) }
            return Page(
                records: page.records, total: page.total, pageCount: pageCount(response) ?? page.pageCount,
                cursor: page.cursor, availableTo: page.availableTo, digest: digest, wireBytes: response.wireBytes,
                correlationID: correlationID(response))
        } catch {
            let message = "\(error.description) of \(response.body.count)"
            throw .transient(FailureDetail(status: 200, message: message, correlationID: correlationID(response)))
        }
    }

    /// Likewise, about a job. The replies are small: they are read whole.
    @concurrent
    package func ask(_ request: JobRequest) async throws(FetchFailure) -> JobAnswer {
        guard let form = profile.paging.continuation.job else {
            preconditionFailure("only an endpoint of style job is asked about one")
        }
        let (response, token) = try await answer(to: writer.bytes(request))
        switch request {
        case .delete(let job):
            // One that is not there any more need not be removed.
            guard [200, 202, 204, 404, 410].contains(response.status) else { throw failure(response, token, job: job) }
            return .deleted
        case .status(let job):
            guard [200, 202].contains(response.status) else { throw failure(response, token, job: job) }
            return .status(try JobReply(response, token: token).status(form))
        case .submit:
            guard [200, 201, 202].contains(response.status) else { throw failure(response, token, isSubmission: true) }
            return .submitted(try JobReply(response, token: token).id(form))
        case .availability:
            guard response.status == 200 else { throw failure(response, token) }
            return .available(to: try JobReply(response, token: token).availableTo(form))
        }
    }

    /// The answer, whatever its status but for 401, and the token it was asked for with.
    private func answer(to bytes: RequestWriter.Bytes) async throws(FetchFailure) -> (HTTPResponse, Secret) {
        let token = try await tokens.token()
        let response = try await send(bytes, token: token)
        guard response.status == 401 else { return (response, token) }
        await tokens.invalidate(token)
        guard tokens.areReplaceable else {
            // The API's own reason and correlation id are worth more than ours alone.
            var refusal = ErrorAnswer(response, hiding: [token.exposed]).detail
            refusal.message += "; \(AccessTokens.fixedTokenRefused.message)"
            throw .denied(refusal)
        }
        return (response, token)
    }

    private func send(_ bytes: RequestWriter.Bytes, token: Secret) async throws(FetchFailure) -> HTTPResponse {
        do throws(HTTPError) {
            return try await client.send(
                bytes.request(to: service, token: token, timeouts: timeouts, maximumBodySize: maximumBodySize))
        } catch {
            throw FetchFailure(error)
        }
    }

    private func failure(
        _ response: HTTPResponse, _ token: Secret, cursorKey: String? = nil, job: JobID? = nil,
        isSubmission: Bool = false
    ) -> FetchFailure {
        FetchFailure(
            ErrorAnswer(response, hiding: [token.exposed]), of: response, host: service.host,
            request: FailedRequest(
                cursorKey: cursorKey, pageSizeKey: profile.paging.pageSize.parameter.components.last,
                hasJob: job != nil,
                isSubmission: isSubmission))
    }

    private func checkType(_ response: HTTPResponse, _ token: Secret) throws(FetchFailure) {
        if let type = response.header("Content-Type"), !type.lowercased().contains("json") {
            // Not a word of the body: it may be the page, and what customers said does not belong into a log.
            let kind = PlainText.line(type, limit: 60, hiding: [token.exposed])
            throw .transient(
                FailureDetail(
                    status: 200, message: "the answer is \(kind), \(response.body.count) bytes, instead of JSON",
                    correlationID: correlationID(response)))
        }
    }

    private func correlationID(_ response: HTTPResponse) -> String? {
        response.header("ININ-Correlation-Id").map { PlainText.line($0, limit: 80) }
    }

    /// The count of the profile's header. What is no count is not there: it is an estimate anyway.
    private func pageCount(_ response: HTTPResponse) -> Int? {
        guard let text = profile.pageCount?.header.flatMap(response.header), !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }

    private var cursorKey: String? { profile.paging.continuation.cursor?.parameter.key }
}
