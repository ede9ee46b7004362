import HTTPServer
import TrawlCore

/// The imitated cloud without its sockets: request in, answer out.
///
/// Everything that changes is behind one lock and depends only on the options, the clock and the order of the requests.
/// Records are rendered outside the lock.
final class Cloud: Sendable {
    struct Answer: Sendable {
        var response: HTTPServerResponse
        /// How long to wait before it is sent.
        var delay = Duration.zero
    }

    struct State: Sendable {
        var desk: TokenDesk
        var gates: [String: RateGate] = [:]
        var meters: [String: UsageMeter] = [:]
        var jobs: JobDesk
        var faults: FaultEngine
        var statistics = SimulatorStatistics()
        var concurrent = 0
        var random: SplitMix
    }

    let options: SimulatorOptions
    let pages: PageMaker
    let clock: SimulatorClock
    let state: Locked<State>
    /// Milliseconds since 1970 at which the simulator's clock would have begun.
    private let epoch: Int64

    init(options: SimulatorOptions, clock: SimulatorClock) throws(SimulatorError) {
        try options.validate()
        let script =
            try options.faultScript.map { bytes throws(SimulatorError) in try FaultScript(bytes) } ?? FaultScript()
        let population =
            if let fixture = options.fixture {
                Population(fixture: try Fixture(fixture))
            } else {
                Population(
                    generated: GeneratedPopulation(
                        seed: options.seed, interval: options.interval, conversations: options.conversations,
                        tieBurst: options.tieBurst, size: options.recordSize), interval: options.interval,
                    swollen: options.largeRecordBytes)
            }
        self.options = options
        self.clock = clock
        epoch = (options.now ?? .wallTime).milliseconds - clock.microseconds() / 1000
        pages = PageMaker(population: population, options: options)
        state = Locked(
            State(
                desk: TokenDesk(options: options), jobs: JobDesk(options: options),
                faults: FaultEngine(rules: script.rules, seed: script.seed ?? options.seed),
                random: SplitMix(seed: options.seed ^ 0x6A69_7474_6572)))
    }

    /// What only tests ask.
    static let inspectionPaths: Set = ["/truth", "/truth/ids", "/truth/summary", "/stats", "/stats/reset"]

    /// Counts a request that is being answered; `leave()` ends that.
    func enter() {
        state.withLock {
            $0.concurrent += 1
            $0.statistics.concurrencyPeak = max($0.statistics.concurrencyPeak, $0.concurrent)
        }
    }

    func leave() {
        state.withLock { $0.concurrent -= 1 }
    }

    func answer(_ request: HTTPServerRequest) -> Answer {
        if Self.inspectionPaths.contains(request.path) { return inspection(request) }
        let route = Route(request.path, method: request.method)
        let answer = answer(request, route)
        state.withLock {
            $0.statistics.requests[route.endpoint?.rawValue ?? "other", default: [:]][
                answer.response.status, default: 0] += 1
        }
        return answer
    }

    private func answer(_ request: HTTPServerRequest, _ route: Route) -> Answer {
        switch route.endpoint {
        case nil: failure(APIError(404, "not.found", "The requested resource was not found."))
        case .token: token(request)
        case .limits: api(request, ["GET"]) { limitsOf(route.name) }
        case .detailsQuery:
            api(request, ["POST"]) { page(request) { () throws(APIError) in try detailsQuery(request) } }
        case .cursorQuery?, .summaryQueries?:
            api(request, ["POST", "GET"]) { dialectPage(route.endpoint!, request) }
        case .tokenQuery?, .pagedQuery?, .pageCountQuery?:
            api(request, ["POST"]) { dialectPage(route.endpoint!, request) }
        case .jobSubmit: api(request, ["POST"]) { submitJob(request) }
        case .jobStatus: api(request, ["GET", "DELETE"]) { jobStatus(route.name) }
        case .jobDelete: api(request, ["DELETE"]) { deleteJob(route.name) }
        case .jobResults:
            api(request, ["GET"]) { page(request) { () throws(APIError) in try jobResults(route.name, request) } }
        case .jobAvailability: api(request, ["GET"]) { jobsAvailability() }
        }
    }

    /// What every request to the API passes before it is looked at: method, bearer token, rate limit.
    private func api(_ request: HTTPServerRequest, _ methods: [String], _ handler: () -> Answer) -> Answer {
        guard methods.contains(request.method) else {
            var answer = failure(APIError(405, "bad.request", "HTTP 405 Method Not Allowed"))
            answer.response.headers.append(("Allow", methods.joined(separator: ", ")))
            return answer
        }
        let now = clock.microseconds()
        do throws(APIError) {
            try state.withLock { state throws(APIError) in
                let client = try authenticate(request, &state, now: now)
                let window = (options.rate?.window ?? .seconds(60)).wholeMicroseconds
                let refusal = admit(client, &state, now: now)
                state.meters[client, default: UsageMeter(window: window)]
                    .count(client, admitted: refusal == nil, at: now, in: &state.statistics)
                if let refusal { throw refusal }
            }
        } catch {
            return failure(error)
        }
        var answer = handler()
        answer.delay += latency()
        return answer
    }

    private func authenticate(
        _ request: HTTPServerRequest, _ state: inout State, now: Int64
    ) throws(APIError) -> String {
        guard let header = request.header("Authorization"), let token = Credentials.bearer(header) else {
            throw APIError(
                401, "authentication.required", "No authentication bearer token specified in authorization header.")
        }
        guard let client = state.desk.client(of: token, now: now) else {
            throw APIError(401, "bad.credentials", "Invalid login credentials.")
        }
        return client
    }

    private func admit(_ client: String, _ state: inout State, now: Int64) -> APIError? {
        if let retryAfter = state.faults.storm(now: now) { return .tooManyRequests(retryAfter: retryAfter) }
        guard let rate = options.rate,
            let wait = state.gates[client, default: RateGate(limit: rate)].refusal(at: now)
        else { return nil }
        return .tooManyRequests(retryAfter: Int((wait + 999_999) / 1_000_000))
    }

    private func latency() -> Duration {
        guard options.latencyJitter > .zero else { return options.latency }
        let fraction = state.withLock { $0.random.fraction() }
        return options.latency + .microseconds(Int64(Double(options.latencyJitter.wholeMicroseconds) * fraction))
    }

    private func limitsOf(_ name: String) -> Answer {
        let namespace = name.hasSuffix("/defaults") ? String(name.dropLast("/defaults".count)) : name
        guard ["analytics", "analytics.realtime", "platform.api", "auth.api"].contains(namespace) else {
            return failure(APIError(404, "not.found", "The requested resource was not found."))
        }
        // The published figure counts per minute, whatever window is enforced.
        let perMinute = options.rate.map { Int((Double($0.requests) * 60 / $0.window.seconds).rounded(.down)) } ?? 300
        let entity =
            #"{"key":"client.credentials.token.rate.per.minute","namespace":"platform.api","value":\#(perMinute)}"#
        return struck(FaultRequest(endpoint: .limits)) { _ in
            success(Array(#"{"entities":[\#(namespace == "platform.api" ? entity : "")]}"#.utf8))
        }
    }

    /// What the calendar of the imitated cloud shows.
    func instant(at microseconds: Int64) -> Instant { Instant(milliseconds: epoch + microseconds / 1000) }

    func success(_ body: [UInt8], status: Int = 200) -> Answer {
        Answer(response: HTTPServerResponse(status: status, headers: headers(correlationID()), body: body))
    }

    func failure(_ error: APIError) -> Answer {
        let id = correlationID()
        var headers = headers(id)
        if let seconds = error.retryAfter { headers.append(("Retry-After", String(seconds))) }
        return Answer(
            response: HTTPServerResponse(status: error.status, headers: headers, body: error.body(contextID: id)))
    }

    private func headers(_ correlationID: String) -> [(String, String)] {
        [("Content-Type", "application/json"), ("ININ-Correlation-Id", correlationID)]
    }

    private func correlationID() -> String {
        state.withLock { ConversationID(random: &$0.random).text }
    }
}
