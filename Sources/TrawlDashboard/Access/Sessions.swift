import Guarded

/// Who has logged in with a browser. Kept in memory: a new start asks everybody again.
final class Sessions: Sendable {
    private struct Session: Sendable {
        var name: String
        var ends: ContinuousClock.Instant
    }

    private let sessions = Guarded<[String: Session]>([:])
    private static let life = Duration.seconds(12 * 3600)
    private static let most = 1000

    /// A new session's secret, for the cookie. Where there are very many, the one that ends first goes.
    func begin(_ name: String, now: ContinuousClock.Instant = .now) -> String {
        var random = SystemRandomNumberGenerator()
        let secret = (0..<4).map { _ in
            let hex = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - hex.count) + hex
        }.joined()
        sessions.with { sessions in
            sessions = sessions.filter { $0.value.ends > now }
            if sessions.count >= Self.most, let first = sessions.min(by: { $0.value.ends < $1.value.ends }) {
                sessions[first.key] = nil
            }
            sessions[secret] = Session(name: name, ends: now + Self.life)
        }
        return secret
    }

    func holder(of secret: String, now: ContinuousClock.Instant = .now) -> String? {
        sessions.with { sessions in sessions[secret].flatMap { $0.ends > now ? $0.name : nil } }
    }

    func end(_ secret: String) {
        sessions.with { $0[secret] = nil }
    }
}
