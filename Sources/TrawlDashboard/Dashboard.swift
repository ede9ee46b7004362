package import HTTPServer
package import TrawlCore

/// Answers what browsers ask: the page, its data, its events, and what a person wants done.
package final class Dashboard: Sendable {
    package struct Options: Sendable {
        /// Whether anything may be changed from here.
        package var allowsActions: Bool
        package var version: String
        /// Who acts on a schedule, in Redis's eyes: a plain name.
        package var process: String
        /// The wall clock.
        package var now: @Sendable () -> Instant

        package init(
            allowsActions: Bool, version: String, process: String, now: @escaping @Sendable () -> Instant
        ) {
            self.allowsActions = allowsActions
            self.version = version
            self.process = process
            self.now = now
        }
    }

    /// No answer needs a longer question.
    package static let maximumBodySize = 16 << 10

    /// How many may listen to events at once.
    static let mostListeners = 200

    let catalog: RunCatalog
    let gate: Gate
    let options: Options
    let log: Log
    let seats = Seats(most: mostListeners)

    package init(_ catalog: RunCatalog, gate: Gate, options: Options, log: Log) {
        self.catalog = catalog
        self.gate = gate
        self.options = options
        self.log = log
    }

    /// The answer to any request. Everything is checked before anything is done: the name this server was called by, the
    /// path, the method, who asks, and for a change also where the request comes from.
    package func answer(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        guard gate.isAddressed(request) else {
            return Answer.error(421, "this server does not go by that name; --allow-host NAME lets it")
        }
        guard let route = Route(request.path) else { return Answer.error(404, "nothing is here") }
        guard route.methods.contains(request.method) else {
            return Answer.error(405, "not with this method", [("Allow", route.methods.joined(separator: ", "))])
        }
        let caller = gate.caller(request)
        if request.method == "POST" {
            guard gate.isOfOwnPage(request) else { return refused(request, caller, "it comes from another site") }
            switch route {
            case .login: return await logIn(request)
            case .logout: return logOut(request)
            default: break
            }
        }
        guard route.isOpen || caller != nil else { return unknown(route) }
        do {
            if request.method == "POST", let caller { return try await change(route, request, caller) }
            return try await show(route, request, caller)
        } catch {
            log.warning("\(request.method) \(Self.printable(request.path)): \(error)")
            return Answer.error(503, "\(error)")
        }
    }

    // MARK: - Who

    private func unknown(_ route: Route) -> HTTPServerResponse {
        if case .page = route { return Answer.seeOther("/login") }
        return Answer.error(401, "a token is needed", [("WWW-Authenticate", "Bearer realm=\"trawl\"")])
    }

    private func logIn(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        guard gate.asksForToken else { return Answer.seeOther("/") }
        let form = QueryText(String(decoding: request.body, as: UTF8.self))
        guard let token = form["token"], let name = gate.holder(of: token) else {
            log.with("from", request.peer).warning("a login with a wrong token")
            // Makes guessing slow, one guess per connection at a time. Cancelled when the server stops.
            try? await Task.sleep(for: .milliseconds(500))
            return Assets.login(status: 401, "That token is not known here.")
        }
        log.with("who", name).with("from", request.peer).info("logged in")
        let secret = gate.sessions.begin(name)
        return Answer.seeOther(
            "/", [("Set-Cookie", "\(Gate.cookie)=\(secret); Path=/; HttpOnly; SameSite=Strict; Max-Age=43200")])
    }

    private func logOut(_ request: HTTPServerRequest) -> HTTPServerResponse {
        if let secret = gate.session(request) { gate.sessions.end(secret) }
        return Answer.seeOther(
            "/login", [("Set-Cookie", "\(Gate.cookie)=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")])
    }

    func refused(_ request: HTTPServerRequest, _ caller: Caller?, _ reason: String) -> HTTPServerResponse {
        log.with("who", caller?.name ?? "unknown").with("from", request.peer)
            .warning("refused \(request.method) \(Self.printable(request.path)): \(reason)")
        return Answer.error(403, reason)
    }

    /// A path as it may stand in a log line or on a terminal.
    private static func printable(_ path: String) -> String {
        String(path.unicodeScalars.prefix(200).map { (" "..."~").contains($0) ? Character($0) : "?" })
    }
}
