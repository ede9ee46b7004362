import Glibc
import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// The Redis that may hold a run's schedule now, for commands that only look at it or touch it.
enum StandingRedis {
    /// The one that is named, else the private one of a `trawl run` at work; nil where there is neither.
    ///
    /// `body` is not called where Redis does not know the run. A named Redis that cannot be used is an error; a private
    /// one that was killed leaves its socket behind, and then nobody is working on the run.
    static func with<Result>(
        _ arguments: Arguments, store: DirectoryStore, name: String,
        _ body: (RedisClient, RunSnapshot) async throws -> Result
    ) async throws -> Result? {
        if let url = try RedisArguments.url(arguments) { return try await ask(url, store, name, body) }
        guard let url = privateURL(store) else { return nil }
        do {
            return try await ask(url, store, name, body)
        } catch is RedisError {
            return nil
        } catch let error as Failure where error.code == ExitCode.incomplete {
            return nil
        }
    }

    private static func ask<Result>(
        _ url: RedisURL, _ store: DirectoryStore, _ name: String,
        _ body: (RedisClient, RunSnapshot) async throws -> Result
    ) async throws -> Result? {
        let redis = try await RedisArguments.connect(url, name: name)
        defer { redis.close() }
        guard let snapshot = try await RunSnapshot.read(redis, run: store.plan.run) else { return nil }
        return try await body(redis, snapshot)
    }

    /// The private Redis of a `trawl run`, where its socket is.
    static func privateURL(_ store: DirectoryStore) -> RedisURL? {
        let socket = PrivateRedis.socket(in: store.root)
        return access(socket, F_OK) == 0 ? RedisURL(endpoint: .unix(path: socket)) : nil
    }
}
