import Redis
import Testing
import TrawlTestKit

extension ClusterTests {
    /// A Redis that cannot hold a schedule is refused before anything is put there or made on the disk.
    @Suite struct FitnessTests {
        private static func url(_ server: RedisServer, login: String = "") throws -> String {
            guard case .tcp(_, let port) = server.url.endpoint else { throw TestFailure("no port") }
            return "redis://\(login)127.0.0.1:\(port)"
        }

        private static func words(_ command: String, _ lab: Lab) -> [String] {
            switch command {
            case "run": lab.run()
            case "plan": ["plan", "--from", "2024-01-01", "--to", "2024-01-03", "--out", "out", "--api-url", lab.url]
            default: ["worker", "--until-idle", "--api-url", lab.url]
            }
        }

        @Test(arguments: ["run", "plan", "worker"])
        func `a Redis that evicts keys is refused in one line that says what to set`(command: String) async throws {
            let server = try await RedisServer(
                .init(usesTCP: true, arguments: ["--maxmemory-policy", "allkeys-lru", "--maxmemory", "64mb"]))
            try await Lab.with { lab in
                let result = try await lab.start(Self.words(command, lab) + ["--redis", try Self.url(server)]).result()
                #expect(result.end == .exited(3))
                #expect(result.errorLines.count == 1)
                #expect(result.error.contains("maxmemory-policy is allkeys-lru"), "\(result.error)")
                #expect(result.error.contains("CONFIG SET maxmemory-policy noeviction"))
                #expect(!lab.exists("out"))
                let client = RedisClient(url: server.url)
                defer { client.close() }
                #expect(try await client.command("DBSIZE").integer == 0)
            }
            await server.stop()
        }

        @Test func `what a login may not ask is got another way, or said to be unknown`() async throws {
            let server = try await RedisServer(
                .init(
                    usesTCP: true,
                    arguments: ["--maxmemory-policy", "allkeys-lfu"]
                        + [("noconfig", "-config"), ("noinfo", "-info"), ("neither", "-info -config")].flatMap {
                            ["--user", $0, "on", ">pw", "~*", "&*", "+@all"] + $1.split(separator: " ").map(String.init)
                        }))
            try await Lab.with { lab in
                for user in ["noconfig", "noinfo"] {
                    let result = try await lab.start(
                        Self.words("plan", lab),
                        environment: ["TRAWL_REDIS_URL": try Self.url(server, login: "\(user):pw@")]
                    ).result()
                    #expect(result.end == .exited(3))
                    #expect(result.error.contains("allkeys-lfu"), "\(user): \(result.error)")
                    #expect(!lab.exists("out"))
                }
                let result = try await lab.start(
                    Self.words("plan", lab),
                    environment: ["TRAWL_REDIS_URL": try Self.url(server, login: "neither:pw@")]
                ).result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(result.error.contains("must be noeviction"), "\(result.error)")
            }
            await server.stop()
        }

        @Test func `a missing append-only file is said once, and not of a private Redis`() async throws {
            func count(_ text: String) -> Int {
                text.split(separator: "never data", omittingEmptySubsequences: false).count - 1
            }
            let server = try await RedisServer(.init(usesTCP: true))
            try await Lab.with { lab in
                let shared = try await lab.start(lab.run() + ["--redis", try Self.url(server)]).result()
                #expect(shared.end == .exited(0), "\(shared.error)")
                #expect(count(shared.error) == 1, "\(shared.error)")
                let own = try await lab.start(lab.run("own")).result()
                #expect(count(own.error) == 0)
                let client = RedisClient(url: server.url)
                defer { client.close() }
                try await client.command("CONFIG", "SET", "appendonly", "yes")
                let kept = try await lab.start(lab.run("kept") + ["--redis", try Self.url(server)]).result()
                #expect(count(kept.error) == 0)
            }
            await server.stop()
        }

        @Test func `a Redis that has no memory left ends the run with 3, and the same command goes on when it has`()
            async throws
        {
            let server = try await RedisServer(.init(usesTCP: true))
            let client = RedisClient(url: server.url)
            defer { client.close() }
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let words =
                    lab.run(shard: "1h", workers: 2, "--slots", "2", "--lease", "1s") + [
                        "--redis", try Self.url(server),
                    ]
                let run = try await lab.start(words)
                try await lab.requests(10)
                try await client.command("CONFIG", "SET", "maxmemory", "1")
                let result = try await run.result()
                #expect(result.end == .exited(3), "\(result.error)")
                #expect(result.error.contains("OOM"), "\(result.error)")
                #expect(result.errorLines.count < 100, "\(result.errorLines.count) lines")
                try await client.command("CONFIG", "SET", "maxmemory", "0")
                try await lab.complete(words)
                try lab.expectTruth()
            }
            await server.stop()
        }
    }
}
