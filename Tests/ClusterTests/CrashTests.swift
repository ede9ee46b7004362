import Glibc
import Redis
import Testing
import TrawlTestKit

extension ClusterTests {
    /// What is killed under a run costs time and some requests, and nothing else.
    @Suite struct CrashTests {
        /// Some 70 requests, none of which comes at once.
        private static func slow(_ body: (Lab) async throws -> Void) async throws {
            try await Lab.with(latency: .milliseconds(20), body)
        }

        private static func words(_ lab: Lab) -> [String] { lab.run(shard: "1h", workers: 2, "--slots", "1") }

        @Test func `a worker that is killed is replaced, and its shard is fetched again`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(15)
                let victim = try #require(lab.workers.first)
                kill(victim.id, SIGKILL)
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(result.error.contains("was ended by signal 9"))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 1)
            }
        }

        @Test func `all workers killed at once are replaced`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(15)
                for victim in lab.workers { kill(victim.id, SIGKILL) }
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
            }
        }

        @Test func `a run that is killed with all its processes goes on where it was`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(20)
                run.sendToGroup(SIGKILL)
                #expect(try await run.result().end == .signalled(SIGKILL))
                try await eventually("the private Redis has ended as well") { lab.strays.isEmpty }
                #expect(try !lab.files("out/out").isEmpty)
                #expect(!lab.exists("out/_SUCCESS"))
                try await lab.complete(Self.words(lab))
                try lab.expectTruth()
                // Two workers with one slot each had at most two shards in flight.
                #expect(lab.repeatedIntervals.count <= 2)
            }
        }

        @Test func `a supervisor that is killed alone leaves no worker and no Redis behind`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(20)
                run.send(SIGKILL)
                #expect(try await run.result().end == .signalled(SIGKILL))
                try await eventually("everything else has ended") { lab.strays.isEmpty }
                try await lab.complete(Self.words(lab))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
            }
        }

        @Test func `a schedule that is wiped is built again from the store`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(20)
                let redis = RedisClient(url: RedisURL(endpoint: .unix(path: lab.path("out/.redis/redis.sock"))))
                _ = try await redis.command("FLUSHALL")
                redis.close()
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
            }
        }

        @Test func `a private Redis that is killed is started again`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(20)
                let victim = try #require(lab.redisServers.first)
                kill(victim.id, SIGKILL)
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
            }
        }

        @Test func `a shared Redis that comes back empty does not end the run`() async throws {
            try await Self.slow { lab in
                let redis = try await RedisServer()
                let run = try await lab.start(Self.words(lab) + ["--redis", redis.url.description])
                try await lab.requests(20)
                try await redis.restart()
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
                await redis.stop()
            }
        }

        @Test func `a merge that is killed leaves nothing that a second one does not mend`() async throws {
            try await Lab.with { lab in
                let run = try await lab.start(lab.run())
                // The first file that only a merge makes.
                try await eventually("the merge has begun") { lab.exists("out/.merge-lock") }
                run.sendToGroup(SIGKILL)
                _ = try await run.result()
                try await eventually("the private Redis has ended as well") { lab.strays.isEmpty }
                try await lab.complete(lab.run())
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
            }
        }
    }
}
