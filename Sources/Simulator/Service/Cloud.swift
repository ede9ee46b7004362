import Guarded
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
        var faults: FaultEngine
        var statistics = SimulatorStatistics()
        var concurrent = 0
        var random: SplitMix
    }

    let options: SimulatorOptions
    let pages: PageMaker
    let clock: SimulatorClock
    let state: Guarded<State>

    /// The largest request body of the API; anything over it is answered with 413.
    static let maximumRequestBytes = 512_000

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
                        tieBurst: options.tieBurst, size: options.recordSize), interval: options.interval)
            }
        self.options = options
        self.clock = clock
        pages = PageMaker(population: population, options: options)
        state = Guarded(
            State(
                desk: TokenDesk(options: options),
                faults: FaultEngine(rules: script.rules, seed: script.seed ?? options.seed),
                random: SplitMix(seed: options.seed ^ 0x6A69_7474_6572)))
    }

    /// What only tests ask.
    static let inspectionPaths: Set = ["/truth", "/truth/ids", "/truth/summary", "/stats", "/stats/reset"]

    /// Counts a request that is being answered; `leave()` ends that.
    func enter() {
        state.with {
            $0.concurrent += 1
            $0.statistics.concurrencyPeak = max($0.statistics.concurrencyPeak, $0.concurrent)
        }
    }

    func leave() {
        state.with { $0.concurrent -= 1 }
    }

    func answer(_ request: HTTPServerRequest) -> Answer {
        let limits = "/api/v2/organizations/limits/namespaces/"
        switch request.path {
        case let path where Self.inspectionPaths.contains(path): return inspection(request)
        case "/oauth/token": return counted("token", token(request))
        case "/api/v2/analytics/conversations/details/query":
            return counted("details-query", api(request, method: "POST") { detailsQuery(request) })
        case let path where path.hasPrefix(limits):
            return counted(
                "limits", api(request, method: "GET") { limitsOf(String(path.dropFirst(limits.count))) })
        default: return counted("other", failure(APIError(404, "not.found", "The requested resource was not found.")))
        }
    }

    private func counted(_ endpoint: String, _ answer: Answer) -> Answer {
        state.with { $0.statistics.requests[endpoint, default: [:]][answer.response.status, default: 0] += 1 }
        return answer
    }

    /// What every request to the API passes before it is looked at: method, bearer token, rate limit.
    private func api(_ request: HTTPServerRequest, method: String, _ handler: () -> Answer) -> Answer {
        guard request.method == method else {
            var answer = failure(APIError(405, "bad.request", "HTTP 405 Method Not Allowed"))
            answer.response.headers.append(("Allow", method))
            return answer
        }
        let now = clock.microseconds()
        do throws(APIError) {
            try state.with { state throws(APIError) in
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
        let fraction = state.with { $0.random.fraction() }
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
        return success(Array(#"{"entities":[\#(namespace == "platform.api" ? entity : "")]}"#.utf8))
    }

    func success(_ body: [UInt8]) -> Answer {
        Answer(response: HTTPServerResponse(headers: headers(correlationID()), body: body))
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
        state.with { ConversationID(random: &$0.random).text }
    }
}
