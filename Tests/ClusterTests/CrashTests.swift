import Glibc
import Redis
import Simulator
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
                await run.sendToGroup(SIGKILL)
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

        /// One shard of some 60 pages.
        @Test(arguments: ["worker", "everything", "supervisor"])
        func `a long shard goes on at the page after the last one, whatever was killed`(victim: String) async throws {
            try await Self.slow { lab in
                let words = lab.run(shard: "2d", workers: 1, "--page-size", "50")
                let run = try await lab.start(words)
                try await lab.requests(25)
                switch victim {
                case "worker": kill(try #require(lab.workers.first).id, SIGKILL)
                case "everything": await run.sendToGroup(SIGKILL)
                default: await run.send(SIGKILL)
                }
                if victim != "worker" {
                    #expect(try await run.result().end == .signalled(SIGKILL))
                    try await eventually("everything else has ended") { lab.strays.isEmpty }
                    try await lab.complete(words)
                } else {
                    let result = try await run.result()
                    #expect(result.end == .exited(0), "\(result.error)")
                }
                try lab.expectTruth()
                // The page in flight, and nothing before it.
                let repeated = lab.simulator.statistics.repeatedPages
                #expect(repeated.count <= 1 && repeated.values.allSatisfy { $0 == 2 }, "\(repeated)")
                #expect(try lab.files("out/walks").isEmpty)
            }
        }

        @Test func `a supervisor that is killed alone leaves no worker and no Redis behind`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(20)
                await run.send(SIGKILL)
                #expect(try await run.result().end == .signalled(SIGKILL))
                try await eventually("everything else has ended") { lab.strays.isEmpty }
                try await lab.complete(Self.words(lab))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
            }
        }

        @Test func `a run that is killed may be started again at once`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                for attempt in 1...8 {
                    let run = try await lab.start(Self.words(lab))
                    try await lab.requests(attempt)
                    await run.send(SIGKILL)
                    _ = try await run.result()
                }
                // The last Redis of before must not take the new one's socket with it.
                let result = try await lab.start(Self.words(lab)).result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(!result.error.contains("cannot connect"), "\(result.error)")
                try lab.expectTruth()
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
                // What was being fetched went on in the new schedule.
                #expect(lab.repeatedIntervals.isEmpty)
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
                // What was being fetched went on in the new schedule.
                #expect(lab.repeatedIntervals.isEmpty)
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
                // What was being fetched went on in the new schedule.
                #expect(lab.repeatedIntervals.isEmpty)
                await redis.stop()
            }
        }

        @Test func `a worker that was frozen sends nothing on old permission, and overwrites nothing`() async throws {
            var options = Lab.small
            options.rate = RateLimit(requests: 20, window: .seconds(1), mode: .slidingLog)
            try await Lab.with(options) { lab in
                var words = lab.run(shard: "1h", workers: 2, "--lease", "2s", "--page-size", "25", "--slots", "4")
                words[try #require(words.firstIndex(of: "none"))] = "20/1s"
                let run = try await lab.start(words)
                try await lab.requests(15)
                let frozen = try #require(lab.workers.first)
                kill(frozen.id, SIGSTOP)
                let redis = RedisClient(url: RedisURL(endpoint: .unix(path: lab.path("out/.redis/redis.sock"))))
                try await eventually("what it held was taken back") {
                    try await !redis.command("KEYS", "trawl:{*}:reclaims").array.isEmpty
                }
                let before = lab.simulator.statistics.apiRequests
                try await eventually("others went on") { lab.simulator.statistics.apiRequests > before + 20 }
                redis.close()
                kill(frozen.id, SIGCONT)
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(lab.simulator.statistics.tooManyRequests == 0 && lab.simulator.statistics.peak <= 20)
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
            }
        }

        @Test func `a shared Redis that comes back with its data does not end the run`() async throws {
            try await Self.slow { lab in
                let redis = try await RedisServer(.init(arguments: ["--appendonly", "yes", "--appendfsync", "always"]))
                let run = try await lab.start(Self.words(lab) + ["--redis", redis.url.description])
                try await lab.requests(20)
                try await redis.restart()
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
                await redis.stop()
            }
        }

        @Test func `a merge that is killed leaves nothing that a second one does not mend`() async throws {
            try await Lab.with { lab in
                let run = try await lab.start(lab.run())
                // The first file that only a merge makes.
                try await eventually("the merge has begun") { lab.exists("out/.merge-lock") }
                await run.sendToGroup(SIGKILL)
                _ = try await run.result()
                try await eventually("the private Redis has ended as well") { lab.strays.isEmpty }
                try await lab.complete(lab.run())
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
            }
        }

        @Test func `workers elsewhere build a wiped schedule again by themselves`() async throws {
            try await Self.slow { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let planned = try await lab.trawl(
                    "plan", "--from", "2024-01-01", "--to", "2024-01-03", "--shard", "1h", "--out", "out", "--api-url",
                    lab.url, "--redis", url)
                #expect(planned.end == .exited(0), "\(planned.error)")
                let words = ["worker", "--redis", url, "--until-idle", "--slots", "1", "--rate", "none"]
                let workers = [try await lab.start(words), try await lab.start(words)]
                try await lab.requests(20)
                try await redis.restart()
                for worker in workers {
                    let result = try await worker.result()
                    #expect(result.end == .exited(0), "\(result.error)")
                }
                let merged = try await lab.trawl("merge", "out")
                #expect(merged.end == .exited(0), "\(merged.error)")
                try lab.expectTruth()
                // What was being fetched went on in the new schedule.
                #expect(lab.repeatedIntervals.isEmpty)
                await redis.stop()
            }
        }

        /// What is killed when is up to the seed, and to the machine: the result is not.
        @Test(arguments: 1...4)
        func `a run that is killed again and again holds the truth in the end`(seed: UInt64) async throws {
            try await Self.slow { lab in
                var dice = Dice(state: seed)
                for round in 1...8 {
                    let run = try await lab.start(Self.words(lab))
                    let aim = lab.simulator.statistics.apiRequests + Int.random(in: 1...15, using: &dice)
                    try await eventually("request \(aim)") {
                        let hasEnded = await run.hasEnded
                        return hasEnded || lab.simulator.statistics.apiRequests >= aim
                    }
                    switch Int.random(in: 0..<4, using: &dice) {
                    case 0: await run.sendToGroup(SIGKILL)
                    case 1: await run.send(SIGKILL)
                    case 2:
                        for server in lab.redisServers { kill(server.id, SIGKILL) }
                        await run.send(SIGTERM)
                    default:
                        for worker in lab.workers { kill(worker.id, SIGKILL) }
                        await run.send(SIGINT)
                    }
                    let end = try await run.result().end
                    #expect(
                        [.signalled(SIGKILL), .exited(130), .exited(143), .exited(0)].contains(end), "round \(round)")
                    try await eventually("nothing is left over") { lab.strays.isEmpty }
                }
                try await lab.complete(Self.words(lab))
                try lab.expectTruth()
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
            }
        }

        /// SplitMix64.
        private struct Dice: RandomNumberGenerator {
            var state: UInt64

            mutating func next() -> UInt64 {
                state &+= 0x9e37_79b9_7f4a_7c15
                var mixed = state
                mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
                mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
                return mixed ^ (mixed >> 31)
            }
        }
    }
}
