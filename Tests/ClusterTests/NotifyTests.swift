import Glibc
import Redis
import Testing
import TrawlTestKit

extension ClusterTests {
    /// A worker under a service manager.
    @Suite struct NotifyTests {
        /// What systemd puts into the environment of a service.
        private static func environment(_ socket: NotifySocket, watchdog: String? = nil) -> [String: String] {
            var environment = ["NOTIFY_SOCKET": socket.address]
            environment["WATCHDOG_USEC"] = watchdog
            return environment
        }

        @Test
        func `a worker is ready once it has looked for runs, answers while idle and at work, and tells that it drains`()
            async throws
        {
            try await Lab.with(latency: .milliseconds(50)) { lab in
                let redis = try await RedisServer()
                let socket = try NotifySocket(lab.path("notify"))
                let worker = try await lab.start(
                    [
                        "worker", "--redis", redis.url.description, "--rate", "none", "--slots", "2", "--drain-timeout",
                        "45s",
                    ],
                    environment: Self.environment(socket, watchdog: "2000000"))
                try await eventually("it is ready and idle") { await socket.count("STATUS=idle: no run to serve") == 1 }
                #expect(await socket.messages.first == "READY=1")
                try await eventually("it answers while idle") { await socket.count("WATCHDOG=1") >= 3 }
                try await lab.plan(on: redis.url.description)
                try await eventually("it says that it serves the run") {
                    await socket.count("STATUS=serving 1 run: 2 shards in hand") >= 1
                }
                let before = await socket.count("WATCHDOG=1")
                try await eventually("it answers at work") { await socket.count("WATCHDOG=1") >= before + 2 }
                await worker.send(SIGTERM)
                let result = try await worker.result()
                #expect(result.end == .exited(0), "\(result.error)")
                // The time that a drain may take, and some more.
                #expect(await socket.count("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=60000000") == 1)
                #expect(await socket.count("READY=1") == 1)
                await redis.stop()
            }
        }

        @Test func `the watchdog is not answered while the worker's own loop waits for a Redis that hangs`()
            async throws
        {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                let socket = try NotifySocket(lab.path("notify"))
                _ = try await lab.start(
                    ["worker", "--redis", redis.url.description, "--rate", "none"],
                    environment: Self.environment(socket, watchdog: "1000000"))
                try await eventually("it answers") { await socket.count("WATCHDOG=1") >= 2 }
                await redis.pause()
                let paused = ContinuousClock.now
                try await eventually("its loop has not come round for the watchdog's time") {
                    paused.duration(to: .now) > .seconds(2)
                }
                let before = await socket.count("WATCHDOG=1")
                try await eventually("three times that time") { paused.duration(to: .now) > .seconds(5) }
                #expect(await socket.count("WATCHDOG=1") == before)
                await redis.resume()
                try await eventually("it answers again") { await socket.count("WATCHDOG=1") > before }
                await redis.stop()
            }
        }

        @Test func `a Redis that comes later is waited for, and without one there is no word of being ready`()
            async throws
        {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                await redis.kill()
                let socket = try NotifySocket(lab.path("notify"))
                let words = ["worker", "--redis", redis.url.description, "--rate", "none", "--lease"]
                let late = try await lab.start(words + ["60s"], environment: Self.environment(socket))
                try await eventually("it waits") { await late.errorText.contains("waiting for it") }
                #expect(await socket.messages.isEmpty)
                try await redis.restart()
                try await eventually("it is ready") { await socket.count("READY=1") == 1 }
                await late.send(SIGTERM)
                #expect(try await late.result().end == .exited(0))

                await redis.kill()
                let before = await socket.messages.count
                let never = try await lab.start(words + ["1s"], environment: Self.environment(socket))
                #expect(try await never.result().end == .exited(3))
                #expect(await socket.messages.count == before)
                await redis.stop()
            }
        }

        @Test func `the workers of a run do not speak to the manager of the run`() async throws {
            try await Lab.with { lab in
                let socket = try NotifySocket(lab.path("notify"))
                let run = try await lab.start(
                    lab.run(), environment: Self.environment(socket, watchdog: "1000000"))
                #expect(try await run.result().end == .exited(0))
                #expect(await socket.messages.isEmpty)
                try lab.expectTruth()
            }
        }

        @Test func `a worker finds its secrets among the manager's files`() async throws {
            try await Lab.with { lab in
                let redis = try await RedisServer(.init(password: "of-the-redis", usesTCP: true))
                guard case .tcp(_, let port) = redis.url.endpoint else { throw TestFailure("not on TCP") }
                let url = "redis://:of-the-redis@127.0.0.1:\(port)"
                try await lab.plan(on: url)
                try lab.write("simulator-secret\n", to: "trawl_GENESYSCLOUD_OAUTHCLIENT_SECRET")
                try lab.write(url, to: "trawl_TRAWL_REDIS_URL")
                let words = ["worker", "--api-url", lab.url, "--rate", "none", "--until-idle"]
                let nothing = ["GENESYSCLOUD_OAUTHCLIENT_SECRET": ""]
                #expect(try await lab.start(words, environment: nothing).result().end == .exited(64))
                let worker = try await lab.start(
                    words, environment: nothing.merging(["CREDENTIALS_DIRECTORY": lab.scratch]) { $1 })
                let result = try await worker.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try await lab.complete(["merge", "out"])
                try lab.expectTruth()
                await redis.stop()
            }
        }
    }
}
