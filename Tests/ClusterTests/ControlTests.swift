import Glibc
import Redis
import Simulator
import Testing
import TrawlQueue
import TrawlTestKit

extension ClusterTests {
    /// What an operator says to a run at work.
    @Suite struct ControlTests {
        private static func slow(_ body: (Lab) async throws -> Void) async throws {
            try await Lab.with(latency: .milliseconds(50), body)
        }

        private static func words(_ lab: Lab, _ more: String...) -> [String] {
            lab.run(shard: "1h", workers: 1, "--slots", "2") + more
        }

        /// What the schedule in that Redis says of the lab's one run.
        private static func snapshot(_ url: RedisURL) async throws -> RunSnapshot? {
            let redis = RedisClient(url: url)
            defer { redis.close() }
            guard let run = try await RunRegistry(redis: redis).known().first else { return nil }
            return try await RunSnapshot.read(redis, run: run)
        }

        private static func privateRedis(_ lab: Lab) -> RedisURL {
            RedisURL(endpoint: .unix(path: lab.path("out/.redis/redis.sock")))
        }

        /// Returns once nothing is being fetched; what was asked for until then is returned.
        private static func awaitQuiet(_ lab: Lab, _ url: RedisURL) async throws -> Int {
            try await eventually("nothing is being fetched") { try await snapshot(url)?.leased == 0 }
            return lab.simulator.statistics.apiRequests
        }

        @Test func `a paused run asks for nothing, is not given up, and goes on when it is resumed`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab, "--give-up-after", "1s"))
                try await lab.requests(10)
                let pause = try await lab.trawl("pause", "out")
                #expect(pause.end == .exited(0) && pause.error.isEmpty, "\(pause.error)")
                #expect(pause.output.contains("is paused") && pause.output.contains("trawl resume"), "\(pause.output)")
                let asked = try await Self.awaitQuiet(lab, Self.privateRedis(lab))
                let again = try await lab.trawl("pause", "out")
                #expect(again.end == .exited(0) && again.output.contains("is paused already"), "\(again.output)")
                let status = try await lab.trawl("status", "out")
                #expect(status.output.contains("redis: paused"), "\(status.output)")
                try await eventually("it says so") { await run.errorText.contains("paused: the shards in hand") }
                // Longer than the run would wait for an API that fails, and than a worker waits between two claims.
                try await Task.sleep(for: .seconds(3))
                #expect(await !run.hasEnded)
                #expect(lab.simulator.statistics.apiRequests == asked)

                // A Redis that is lost in a pause does not end it.
                for server in lab.redisServers { kill(server.id, SIGKILL) }
                try await eventually("the schedule is built again", within: .seconds(20)) {
                    await run.errorText.contains("building it again")
                }
                #expect(lab.simulator.statistics.apiRequests == asked)
                // Until the schedule stands again, the answer is 3.
                var answer = ""
                try await eventually("it is resumed") {
                    let resume = try await lab.trawl("resume", "out")
                    answer = resume.output
                    return resume.end != .exited(3)
                }
                #expect(answer.contains("it was paused"), "\(answer)")
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(result.error.contains("\nresumed\n"))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)

                let late = try await lab.trawl("pause", "out")
                #expect(late.end == .exited(64) && late.error.contains("nothing to pause"), "\(late.error)")
            }
        }

        @Test func `a cancelled run ends with exit 3, keeps what it has, and the same command goes on`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(15)
                let cancel = try await lab.trawl("cancel", "out", "--json")
                #expect(cancel.end == .exited(0), "\(cancel.error)")
                #expect(cancel.output.contains(#""before":"running""#), "\(cancel.output)")
                #expect(cancel.output.contains(#""state":"cancelled""#), "\(cancel.output)")
                let result = try await run.result(within: .seconds(20))
                #expect(result.end == .exited(3), "\(result.error)")
                #expect(result.output.isEmpty)
                let last = try #require(result.errorLines.last)
                #expect(last.contains("cancelled by 'trawl cancel'") && last.contains("same command"), "\(last)")
                #expect(lab.strays.isEmpty)
                #expect(try !lab.files("out/out").isEmpty)

                // Nobody is at work now.
                for word in ["pause", "resume", "cancel"] {
                    let late = try await lab.trawl(word, "out")
                    #expect(late.end == .exited(3) && late.errorLines.count == 1, "\(late.error)")
                    #expect(late.error.contains("nobody works on it"), "\(late.error)")
                }
                try await lab.complete(Self.words(lab))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
            }
        }

        @Test func `a cancelled run leaves no job at the API`() async throws {
            var options = Lab.small
            options.jobTime = .seconds(30)
            try await Lab.with(options) { lab in
                let run = try await lab.start(lab.run() + ["--endpoint", "details-jobs"])
                try await eventually("all jobs are submitted") { lab.simulator.statistics.jobs.submitted == 8 }
                #expect(try await lab.trawl("cancel", "out").end == .exited(0))
                #expect(try await run.result(within: .seconds(30)).end == .exited(3))
                let jobs = lab.simulator.statistics.jobs
                #expect(jobs.deleted + jobs.cancelled == jobs.submitted, "\(jobs)")
            }
        }

        @Test func `workers elsewhere leave a cancelled run alone, and a resume brings them back`() async throws {
            try await Self.slow { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                try await lab.plan(on: url)
                let worker = try await lab.start([
                    "worker", "--redis", url, "--rate", "none", "--slots", "2",
                ])
                try await lab.requests(10)
                // Nothing private is there: without a name, nobody can be told.
                #expect(try await lab.trawl("cancel", "out").end == .exited(3))
                let cancel = try await lab.trawl("cancel", "out", "--redis", url)
                #expect(cancel.output.contains("is cancelled"), "\(cancel.error)")
                let asked = try await Self.awaitQuiet(lab, redis.url)
                let pause = try await lab.trawl("pause", "out", "--redis", url)
                #expect(pause.end == .exited(64) && pause.error.contains("is cancelled"), "\(pause.error)")
                #expect(lab.simulator.statistics.apiRequests == asked)
                #expect(await !worker.hasEnded)

                let resume = try await lab.trawl("resume", "out", "--redis", url)
                #expect(resume.output.contains("it was cancelled"), "\(resume.error)")
                let client = RedisClient(url: redis.url)
                try await eventually("the run is complete", within: .seconds(40)) {
                    try await RunRegistry(redis: client).runs().isEmpty
                }
                client.close()
                let late = try await lab.trawl("pause", "out", "--redis", url)
                #expect(late.end == .exited(64) && late.error.contains("is complete"), "\(late.error)")
                await worker.send(SIGTERM)
                #expect(try await worker.result().end == .exited(0))
                #expect(try await lab.trawl("merge", "out").end == .exited(0))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
                await redis.stop()
            }
        }

        @Test(arguments: [
            (["pause"], "name the run's directory"),
            (["resume", "nowhere"], "no such directory"), (["cancel", "."], "no trawl run lies here"),
            (["pause", "a", "b"], "one too many"), (["cancel", "--all"], "--all"),
        ])
        func `a mistake is one line, and exit 64`(words: [String], part: String) async throws {
            try await Lab.with { lab in
                let result = try await lab.start(words).result()
                #expect(result.end == .exited(64), "\(result.error)")
                #expect(
                    result.output.isEmpty && result.errorLines.count == 1 && result.error.contains(part),
                    "\(result.error)")
            }
        }
    }
}
