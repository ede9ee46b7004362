package import HTTP
package import TrawlCore

/// The access token all requests of this process share.
///
/// However many callers need a new one at the same time, one login is made. A token is replaced before it expires; if
/// that login fails, the old token serves until it does expire.
package actor AccessTokens {
    private enum Kind {
        case fixed(Secret)
        case granted(Login)
    }

    private struct Held {
        let token: Secret
        let refreshAt: Duration
        let expiresAt: Duration
    }

    private typealias Waiter = CheckedContinuation<Result<Secret, FetchFailure>, Never>

    private let kind: Kind
    private let uptime: @Sendable () -> Duration
    private var held: Held?
    private var isRefused = false
    private var nextRefresh: Duration = .zero
    private var waiters: [Int: Waiter] = [:]
    private var lastWaiter = 0
    private var isLoggingIn = false

    /// The longest time before its expiry at which a token is replaced.
    static let largestMargin: Duration = .seconds(60)
    /// The pause between failed attempts to replace a token that is still good.
    static let refreshPause: Duration = .seconds(5)

    /// Logs in with client credentials. `uptime` is a monotonic clock.
    package init(
        credentials: ClientCredentials, loginURL: ServiceURL, client: HTTPClient,
        timeouts: HTTPTimeouts = HTTPTimeouts(total: .seconds(60)),
        uptime: @escaping @Sendable () -> Duration = AccessTokens.monotonicTime
    ) {
        kind = .granted(Login(credentials: credentials, service: loginURL, client: client, timeouts: timeouts))
        self.uptime = uptime
    }

    /// Uses a token obtained elsewhere, which cannot be replaced.
    package init(fixed token: Secret) {
        kind = .fixed(token)
        uptime = AccessTokens.monotonicTime
    }

    /// Whether a token that is refused can be replaced by another.
    nonisolated var areReplaceable: Bool {
        switch kind {
        case .fixed: false
        case .granted: true
        }
    }

    /// A token that is expected to be good. Waits for the login under way, or makes one. Cancelling the caller's task
    /// ends the wait with `.transient`, and leaves the login to the others.
    package func token() async throws(FetchFailure) -> Secret {
        switch kind {
        case .fixed(let token):
            guard !isRefused else { throw .denied(Self.fixedTokenRefused) }
            return token
        case .granted(let login):
            let now = uptime()
            if let held, now < held.refreshAt || now < held.expiresAt && now < nextRefresh { return held.token }
            return try await result(of: login).get()
        }
    }

    /// Tells that the API refused this token. Does nothing if it has been replaced since, so that many requests that
    /// were refused with the same token lead to one login.
    package func invalidate(_ token: Secret) {
        switch kind {
        case .fixed: isRefused = true
        case .granted: if held?.token == token { held = nil }
        }
    }

    private func result(of login: Login) async -> Result<Secret, FetchFailure> {
        lastWaiter += 1
        let id = lastWaiter
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: .failure(Self.cancelled)) }
                waiters[id] = continuation
                guard !isLoggingIn else { return }
                isLoggingIn = true
                // A task of its own: the login belongs to all who wait, whoever came first may leave.
                Task { await perform(login) }
            }
        } onCancel: {
            Task { await self.abandon(id) }  // the handler cannot wait for the actor
        }
    }

    private func perform(_ login: Login) async {
        var result: Result<Secret, FetchFailure>
        do throws(FetchFailure) {
            let granted = try await login.perform()
            hold(granted)
            result = .success(granted.token)
        } catch {
            result = .failure(error)
            if let held, uptime() < held.expiresAt {
                nextRefresh = uptime() + Self.refreshPause
                result = .success(held.token)
            }
        }
        isLoggingIn = false
        let waiting = waiters
        waiters = [:]
        for waiter in waiting.values { waiter.resume(returning: result) }
    }

    private func hold(_ granted: Login.Granted) {
        let now = uptime()
        let margin = min(Self.largestMargin, granted.lifetime / 10)
        held = Held(token: granted.token, refreshAt: now + granted.lifetime - margin, expiresAt: now + granted.lifetime)
    }

    private func abandon(_ id: Int) {
        waiters.removeValue(forKey: id)?.resume(returning: .failure(Self.cancelled))
    }

    private static let cancelled = FetchFailure.transient(
        FailureDetail(message: "cancelled while waiting for the login"))

    static let fixedTokenRefused = FailureDetail(
        message: "the API refused the given access token; get a new one, or give a client id and secret instead")

    private static let start = ContinuousClock.now

    /// Time since some moment of this process; goes on while the machine sleeps, as the token's lifetime does.
    package static let monotonicTime: @Sendable () -> Duration = { start.duration(to: .now) }
}
