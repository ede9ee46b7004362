import Redis
import TrawlCore

enum RedisArguments {
    static let variable = EnvironmentVariable.redis.rawValue
    static let option = OptionSpec(
        "--redis", "URL",
        "redis://user:password@host:port/db or unix:///path (\(variable), which keeps passwords out of 'ps')")

    static func url(_ arguments: Arguments) throws -> RedisURL? {
        guard let text = arguments.value("--redis", environment: variable) else { return nil }
        do {
            return try RedisURL(text)
        } catch {
            throw Failure.usage("--redis: \(error)")
        }
    }

    static func required(_ arguments: Arguments) throws -> RedisURL {
        guard let url = try url(arguments) else {
            throw Failure.usage(
                "--redis is missing: name the Redis that holds the schedule, such as redis://localhost:6379")
        }
        return url
    }

    /// As ``connect(_:name:)``, for a Redis that is to hold a schedule: one that cannot is refused.
    static func connect(_ url: RedisURL, name: String, requiringFitness log: Log) async throws -> RedisClient {
        let client = try await connect(url, name: name)
        do {
            try await RedisFitness.require(client, log: log)
            return client
        } catch {
            client.close()
            throw error
        }
    }

    /// A client of a Redis that is there and lets us in.
    static func connect(_ url: RedisURL, name: String) async throws -> RedisClient {
        let client = RedisClient(url: url, options: RedisOptions(clientName: name))
        do {
            _ = try await client.command("PING")
            return client
        } catch {
            client.close()
            throw Failure(ExitCode.incomplete, "cannot use Redis: \(error)")
        }
    }
}
