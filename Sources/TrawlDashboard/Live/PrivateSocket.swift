import Glibc
import Redis

/// The private Redis of a `trawl run`, which is there while that is at work.
enum PrivateSocket {
    /// Nil where nobody answers: a `trawl run` that was killed leaves its socket behind.
    static func connect(_ path: String) async -> RedisClient? {
        guard access(path, F_OK) == 0 else { return nil }
        let client = RedisClient(
            url: RedisURL(endpoint: .unix(path: path)), options: RedisOptions(clientName: "trawl-dashboard"))
        do {
            _ = try await client.command("PING")
            return client
        } catch {
            client.close()
            return nil
        }
    }
}
