import HTTP
import TrawlCore
import TrawlQueue
import TrawlSource

/// Looks whether the API lets us in, and what it grants.
struct APICheckup {
    let settings: APISettings
    let profile: EndpointProfile
    let rate: RequestRate?
    /// Every request but the login takes a slot, where there is a Redis that knows of them.
    let limiter: (any RequestLimiter)?
    let findings: Findings

    /// Over so much, tokens and certificates may be thought too young or too old.
    private static let largestSkew = 30
    private static let longestWait = Duration.seconds(30)

    /// The token to ask with; nil where none was to be had.
    func logIn(_ http: HTTPClient) async throws -> Secret? {
        switch settings.credentials {
        case .token(let token):
            await findings.add(
                .warn(
                    "login", "none: an access token is given, which cannot be refreshed",
                    "for runs longer than its life set \(APIOptions.idVariable) and \(APIOptions.secretVariable) instead"
                ))
            return token
        case .client(let id, let secret):
            guard let service = ServiceURL(settings.loginURL) else { return nil }
            do throws(FetchFailure) {
                let admission = try await APIProbe(client: http).logIn(
                    ClientCredentials(id: id, secret: secret), at: service)
                let lifetime = Quantity.duration(seconds: admission.lifetime.seconds)
                await findings.add(
                    .ok(
                        "login",
                        "\(service.host) gave a token for \(lifetime) in \(Quantity.milliseconds(admission.observation.latency))"
                    ))
                await checkClock(admission.observation)
                return admission.token
            } catch {
                await findings.add(Self.failure("login", error, advice: nil))
                return nil
            }
        }
    }

    func checkAPI(_ http: HTTPClient, token: Secret) async throws {
        guard let service = ServiceURL(settings.apiURL) else { return }
        guard try await takeSlot() else { return }
        do throws(FetchFailure) {
            // Long enough ago for every clock, and so short that it costs nothing.
            let end = Console.now + -3_600_000
            guard let interval = Interval(from: end + -60_000, to: end) else { return }
            guard
                let seen = try await APIProbe(client: http).ask(profile, interval: interval, at: service, token: token)
            else {
                await findings.add(
                    .warn(
                        "permission", "\(profile.name) can only be tried by submitting a job, which was not done", nil))
                return
            }
            let limits = seen.limits.isEmpty ? "no rate limit headers" : seen.limits.joined(separator: ", ")
            await findings.add(
                .ok(
                    "api",
                    "\(service.host) answered in \(Quantity.milliseconds(seen.latency)), "
                        + "\(seen.isCompressed ? "gzip" : "this small answer not compressed"), \(limits)"),
                .ok("permission", "\(profile.name) may be asked"))
            if case .token = settings.credentials { await checkClock(seen) }
            try await checkQuota(http, service, token)
        } catch {
            await findings.add(
                Self.failure("permission", error, advice: "check --api-url, --region and --endpoint \(profile.name)"))
        }
    }

    private func checkQuota(_ http: HTTPClient, _ service: ServiceURL, _ token: Secret) async throws(FetchFailure) {
        let used = rate.map { "\($0)" } ?? "none"
        do {
            guard try await takeSlot() else { return }
            guard let quota = try await APIProbe(client: http).quota(at: service, token: token) else {
                await findings.add(.ok("quota", "the API does not tell it; --rate is \(used)"))
                return
            }
            let perMinute = rate.map { Double($0.limit) * 60 / $0.window.seconds }
            if perMinute ?? .infinity > Double(quota) {
                await findings.add(
                    .warn("quota", "\(quota) requests a minute, and --rate is \(used)", "give --rate \(quota)/60s"))
            } else {
                await findings.add(.ok("quota", "\(quota) requests a minute; --rate is \(used)"))
            }
        } catch let error as FetchFailure {
            // A role that may view conversations need not be allowed to see limits.
            await findings.add(.ok("quota", "the API does not tell it (\(error)); --rate is \(used)"))
        } catch {
            await findings.add(.warn("quota", "\(error)", nil))
        }
    }

    private func checkClock(_ seen: APIProbe.Observation) async {
        guard let date = seen.date else {
            await findings.add(.warn("clock", "the answer has no Date to compare with", nil))
            return
        }
        // The header is cut to the second, so half of one more is the best guess.
        let skew = Double(Console.now - date - 500) / 1000
        let text = "\(Quantity.decimal(abs(skew))) s \(skew < 0 ? "behind" : "ahead of") the server's"
        if abs(skew) > Double(Self.largestSkew) {
            await findings.add(.warn("clock", "this machine's is \(text)", "set it right, by NTP for example"))
        } else {
            await findings.add(.ok("clock", "this machine's is \(text)"))
        }
    }

    /// False, and reported, where none comes in time.
    private func takeSlot() async throws -> Bool {
        guard let limiter else { return true }
        let wait = Self.longestWait
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = try await limiter.slot()
                return true
            }
            group.addTask {
                try await Task.sleep(for: wait)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        if !taken {
            await findings.add(
                .warn(
                    "api", "no slot for a request within \(DurationText.format(wait))",
                    "wait for the other workers, or for the end of a 429's pause"))
        }
        return taken
    }

    private static func failure(_ check: String, _ failure: FetchFailure, advice: String?) -> Finding {
        switch failure {
        case .denied(let detail), .tokenRefused(let detail): .fail(check, ExitCode.denied, "\(detail)", nil)
        case .throttled(_, let detail) where check == "login":
            .fail(check, ExitCode.incomplete, "\(detail)", "ask for fewer tokens; try again in a minute")
        case .throttled(_, let detail), .busy(_, let detail):
            .warn(check, "\(detail)", "lower --rate: somebody else uses the same quota")
        case .unreachable(let detail):
            .fail(
                check == "login" ? check : "api", ExitCode.incomplete, "\(detail)",
                failure.isCertificateRefusal ? nil : "check the address, the network and the firewall")
        case .transient(let detail): .fail(check, ExitCode.incomplete, "\(detail)", "try again in a moment")
        default: .fail(check, ExitCode.usage, "\(failure.detail)", advice)
        }
    }
}
