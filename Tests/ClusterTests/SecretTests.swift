import Glibc
import Redis
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// Secrets are where they are needed and nowhere else: a canary is looked for byte by byte.
    @Suite struct SecretTests {
        private static let secret = Canary("canary-secret-3f9d0c5b7e21", client: "canary-client")
        private static let token = Canary("canary-token-a81b6f04d9c2e7")

        private static var credentials: [String: String] {
            [
                "GENESYSCLOUD_OAUTHCLIENT_ID": "canary-client",
                "GENESYSCLOUD_OAUTHCLIENT_SECRET": secret.forms[0],
            ]
        }

        private static var tokenAlone: [String: String] {
            [
                "GENESYSCLOUD_OAUTHCLIENT_ID": "", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "",
                "GENESYSCLOUD_ACCESS_TOKEN": token.forms[0],
            ]
        }

        /// A lab whose simulator knows no credentials but the canaries.
        private static func with(
            faults: String? = nil, latency: Duration = .milliseconds(10), _ body: (Lab) async throws -> Void
        ) async throws {
            var options = Lab.small
            options.clients = [.init(id: "canary-client", secret: secret.forms[0])]
            options.accessTokens = [token.forms[0]]
            try await Lab.with(options, faults: faults, latency: latency, body)
        }

        /// Nothing is compressed and everything is said, so that nothing hides.
        private static func words(_ lab: Lab, _ more: String...) -> [String] {
            lab.run(shard: "1h", workers: 2, "--slots", "2", "--compress", "none", "--verbose") + more
        }

        @Test(arguments: [true, false])
        func `during and after a run the secret is in the run's own environment and nowhere else`(
            isToken: Bool
        ) async throws {
            let canary = isToken ? Self.token : Self.secret
            try await Self.with { lab in
                let run = try await lab.start(
                    Self.words(lab), environment: isToken ? Self.tokenAlone : Self.credentials)
                let socket = lab.path("out/.redis/redis.sock")
                try await eventually("a private Redis") { access(socket, F_OK) == 0 }
                let redis = RedisClient(url: RedisURL(endpoint: .unix(path: socket)))
                defer { redis.close() }
                // From here on the server remembers every command.
                try await eventually("it answers") {
                    do {
                        _ = try await redis.pipeline([
                            RedisCommand("CONFIG", "SET", "slowlog-max-len", 100_000),
                            RedisCommand("CONFIG", "SET", "slowlog-log-slower-than", 0),
                        ])
                        return true
                    } catch { return false }
                }
                try await lab.requests(10)

                #expect(lab.workers.count == 2)
                #expect(lab.redisServers.count == 1)
                try canary.expectNotInProcesses(lab, withoutIt: lab.workers + lab.redisServers)
                // The search finds it where the caller put it, unless the kernel already refuses to show that.
                let own = ProcessTable.bytes(run.id, "environ")
                #expect(geteuid() == 0 ? canary.isIn(own) : own.isEmpty)

                var isFound = try await canary.isIn(redis)
                #expect(!isFound)
                try await redis.command("HSET", "bait", "field", "…\(canary.forms[0])…")
                isFound = try await canary.isIn(redis)
                #expect(isFound)
                try await redis.command("DEL", "bait")

                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                // Nobody is let in without it, so every worker had it.
                let logins = lab.simulator.statistics.requests["token"] ?? [:]
                #expect(isToken ? logins.isEmpty : (logins[200] ?? 0) >= 3, "\(logins)")
                try canary.expectNotInFiles(lab)
            }
        }

        @Test func `a wrong secret is not repeated`() async throws {
            try await Self.with { lab in
                let wrong = Canary("canary-wrong-77d1", client: "canary-client")
                let result = try await lab.start(
                    Self.words(lab),
                    environment: Self.credentials.merging([
                        "GENESYSCLOUD_OAUTHCLIENT_SECRET": wrong.forms[0]
                    ]) { $1 }
                ).result()
                #expect(result.end == .exited(4))
                try wrong.expectNotInFiles(lab)
            }
        }

        @Test(arguments: ["400", "401", "403", "404", "500"])
        func `an API that repeats what it was sent does not make us repeat it`(status: String) async throws {
            let echo = "you sent Authorization: Bearer \(Self.token.forms[0]) (\(Self.token.forms[0]))"
            let faults =
                #"{"rules": [{"match": {"from": 3}, "fault": {"kind": "status", "status": \#(status), "code": "\#(Self.token.forms[0])", "message": "\#(echo)"}}]}"#
            try await Self.with(faults: faults, latency: .zero) { lab in
                let result = try await lab.start(
                    Self.words(lab, "--give-up-after", "1s"), environment: Self.tokenAlone
                ).result()
                #expect(result.end != .exited(0))
                // The text was received and shown, but for the secret.
                #expect(result.error.contains("you sent Authorization: Bearer <secret>"), "\(result.error)")
                try Self.token.expectNotInFiles(lab)
            }
        }

        @Test(arguments: [true, false])
        func `a log for programs and what monitors are told have no secret in them either`(isToken: Bool) async throws {
            let canary = isToken ? Self.token : Self.secret
            let echo = "you sent Authorization: Bearer \(canary.forms[0])"
            let faults = """
                {"rules": [{"match": {"every": 3}, "times": 5, "fault": {"kind": "status", "status": 503, "message": "\(echo)"}}]}
                """
            try await Self.with(faults: isToken ? faults : nil, latency: .zero) { lab in
                let redis = try await RedisServer()
                try await lab.plan(on: redis.url.description)
                let worker = try await lab.start(
                    [
                        "worker", "--redis", redis.url.description, "--rate", "none", "--verbose", "--log-format",
                        "json",
                        "--compress", "none", "--listen", "0",
                    ], environment: isToken ? Self.tokenAlone : Self.credentials)
                try await eventually("it listens") { await worker.errorText.contains("/metrics") }
                let monitor = try #require(Monitor(listeningIn: await worker.errorText))
                try await eventually("it has fetched all") {
                    try await monitor.value(#"trawl_shards_finished_total{verdict="proven"}"#) == 48
                }
                for path in ["/metrics", "/healthz", "/readyz"] {
                    let answer = try await monitor.get(path)
                    #expect(!canary.isIn(Array(answer.text.utf8)), "\(path)")
                }
                monitor.close()
                let client = RedisClient(url: redis.url)
                let isFound = try await canary.isIn(client)
                #expect(!isFound)
                client.close()
                await worker.send(SIGTERM)
                let result = try await worker.result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(result.errorLines.allSatisfy { $0.hasPrefix("{\"time\":\"") && $0.hasSuffix("}") })
                if isToken { #expect(result.error.contains("Bearer <secret>"), "\(result.error)") }
                try canary.expectNotInFiles(lab)
                await redis.stop()
            }
        }

        @Test func `a login server that repeats what it was sent does not make us repeat it`() async throws {
            let echo = Self.secret.forms.joined(separator: " and ")
            let faults =
                #"{"rules": [{"match": {"endpoint": "token"}, "fault": {"kind": "status", "status": 400, "message": "\#(echo)"}}]}"#
            try await Self.with(faults: faults) { lab in
                let result = try await lab.start(Self.words(lab), environment: Self.credentials).result()
                #expect(result.end == .exited(4))
                #expect(result.error.contains("<secret> and <secret>"), "\(result.error)")
                try Self.secret.expectNotInFiles(lab)
            }
        }

        @Test(arguments: [SIGSEGV, SIGABRT])
        func `a worker that crashes leaves no core and no secret`(signal: Int32) async throws {
            // Slow enough that the run outlives the crash report.
            try await Self.with(latency: .milliseconds(100)) { lab in
                // The control: whatever else crashes here leaves a core, where the kernel writes them to files at all.
                let dying = try await lab.start(after: "ulimit -c unlimited; kill -SEGV $$", [])
                _ = try await dying.result()
                let leavesCores = try !Self.cores(lab).isEmpty
                let pattern = try #require(ProcessTable.text("/proc/sys/kernel/core_pattern"))
                #expect(leavesCores || pattern.hasPrefix("|") || pattern.hasPrefix("/"))
                for core in try Self.cores(lab) { unlink(lab.path(core)) }

                let exports = Self.credentials.map { "export \($0.key)=\($0.value)" }.joined(separator: "; ")
                try lab.write(exports, to: "credentials")
                let run = try await lab.start(
                    after:
                        "ulimit -c unlimited; . ./credentials; rm credentials; export SWIFT_BACKTRACE=enable=yes,color=no",
                    Self.words(lab))
                try await lab.requests(10)
                for process in lab.workers + lab.strays.filter({ $0.id == run.id }) {
                    let limits = try #require(ProcessTable.text("/proc/\(process.id)/limits"))
                    let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
                    #expect(core.split(separator: " ").suffix(3) == ["0", "0", "bytes"], "\(process.command)")
                }
                let victim = try #require(lab.workers.first)
                kill(victim.id, signal)
                // A process that reports a crash which was not its own fault goes on after that.
                try await eventually("a crash, or the report of one") {
                    await run.errorText.contains("Backtrace took") || !lab.workers.contains(victim)
                }
                // A signal that comes while the reporter is still there is taken for part of the report, and hangs it.
                try await eventually("the reporter has ended") {
                    !ProcessTable.mentioning("swift-backtrace").contains { $0.parent == victim.id }
                }
                if lab.workers.contains(victim) { kill(victim.id, signal) }
                try await eventually("it is gone", within: .seconds(120)) { !lab.workers.contains(victim) }
                // On a slow machine the report may have taken longer than the rest of the run.
                let isSeen = await !run.hasEnded
                let result = try await run.result(within: .seconds(180))
                #expect(result.end == .exited(0), "\(result.error)")
                if isSeen { #expect(result.error.contains("was ended by signal \(signal)"), "\(result.error)") }
                // The report, if there is one, shows no memory.
                #expect(!result.error.contains("Registers"))
                try lab.expectTruth()
                #expect(try Self.cores(lab).isEmpty)
                try Self.secret.expectNotInFiles(lab)
            }
        }

        private static func cores(_ lab: Lab) throws -> [String] {
            try lab.files("").keys.filter { $0.split(separator: "/").last?.hasPrefix("core") == true }
        }

        @Test func `a process that holds secrets shows its environment to nobody but root`() async throws {
            try await Lab.with { lab in
                // Root sees everything, so root looks at another user's processes, which run a copy that user can reach.
                let nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups"
                let prefix =
                    geteuid() == 0
                    ? "chmod 755 . && cp \"$0\" copy && chmod 755 copy && exec \(nobody) ./copy \"$@\"" : "true"
                let plain = geteuid() == 0 ? "chmod 755 . && exec \(nobody) sleep 600" : "exec sleep 600"
                let open = try await lab.start(after: plain, [])
                let sealed = try await lab.start(after: prefix, ["simulate"])
                let user: uid_t = geteuid() == 0 ? 65534 : geteuid()
                try await eventually("the control belongs to its user") {
                    ProcessTable.owner(open.id, "environ") == user
                }
                try await eventually("the sealed one has begun") {
                    await sealed.outputText.contains("simulating")
                }
                #expect(ProcessTable.owner(sealed.id, "environ") == 0)
                #expect(ProcessTable.owner(sealed.id, "mem") == 0)
            }
        }

        @Test func `the password of a Redis is not repeated`() async throws {
            let server = try await RedisServer(.init(password: "canary-password-5e0a", usesTCP: true))
            defer { Task { await server.stop() } }
            let password = Canary("canary-password-5e0a")
            guard case .tcp(_, let port) = server.url.endpoint else { throw TestFailure("no port") }
            try await Lab.with(latency: .milliseconds(10)) { lab in
                let run = try await lab.start(
                    Self.words(lab),
                    environment: ["TRAWL_REDIS_URL": "redis://:canary-password-5e0a@127.0.0.1:\(port)"])
                try await lab.requests(10)
                try password.expectNotInProcesses(lab, withoutIt: lab.workers)
                #expect(try await run.result().end == .exited(0))
                try lab.expectTruth()
                let wrong = Canary("canary-password-none")
                let refused = try await lab.start(
                    ["worker", "--api-url", lab.url],
                    environment: ["TRAWL_REDIS_URL": "redis://:canary-password-none@127.0.0.1:\(port)"]
                ).result()
                #expect(refused.end == .exited(3))
                try wrong.expectNotInFiles(lab)
                try password.expectNotInFiles(lab)
            }
        }
    }
}
