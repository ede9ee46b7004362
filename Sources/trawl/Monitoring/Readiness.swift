import Guarded
import Redis
import TrawlCore
import TrawlEngine

/// Whether a process that lives on a Redis can work now.
///
/// Asked over a connection of its own: a command cannot be called back, and whoever asks waits a second and no longer.
final class Readiness: Sendable {
    private static let limit = Duration.seconds(1)

    private let redis: RedisClient
    private let isDraining: @Sendable () -> Bool

    init(_ url: RedisURL, isDraining: @escaping @Sendable () -> Bool = { false }) {
        redis = RedisClient(
            url: url,
            options: RedisOptions(connectTimeout: Self.limit, commandTimeout: Self.limit, clientName: "trawl-readiness")
        )
        self.isDraining = isDraining
    }

    deinit { redis.close() }

    /// Nil when it can.
    func objection() async -> String? {
        if isDraining() { return "draining" }
        do throws(RedisError) {
            _ = try await redis.command("PING")
            return try await RedisFitness.read(redis).objection.map { "cannot use Redis: \($0)" }
        } catch {
            return "Redis does not answer: \(error)"
        }
    }
}
