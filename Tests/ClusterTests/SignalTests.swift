import Glibc
import Redis
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// A run that is asked to end does so in order.
    @Suite struct SignalTests {
        private static func words(_ lab: Lab) -> [String] { lab.run(shard: "1h", workers: 2, "--slots", "1") }

        @Test(arguments: [SIGINT, SIGTERM])
        func `a signal finishes the pages in hand, and the same command goes on`(signal: Int32) async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(20)
                // As a terminal does it: to the workers as well.
                if signal == SIGINT { await run.sendToGroup(signal) } else { await run.send(signal) }
                let result = try await run.result()
                #expect(result.end == .exited(128 + signal), "\(result.error)")
                #expect(result.output.isEmpty)
                #expect(result.errorLines.last?.contains("run the same command again to go on") == true)
                #expect(lab.strays.isEmpty)
                #expect(!lab.exists("out/_SUCCESS"))
                // What was fetched is in a part that an outcome names, or that the next attempt goes on from.
                let parts = try lab.files("out/parts").keys.filter { $0.hasSuffix(".index") }
                #expect(try parts.count == lab.files("out/out").count + lab.files("out/walks").count)
                try await lab.complete(Self.words(lab))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
            }
        }

        @Test func `a second signal does not wait for an answer that takes long`() async throws {
            let faults = #"{"rules": [{"match": {"from": 5}, "fault": {"kind": "delay", "duration": "50s"}}]}"#
            try await Lab.with(faults: faults) { lab in
                let run = try await lab.start(Self.words(lab))
                try await lab.requests(6)
                await run.send(SIGINT)
                try await eventually("it drains") { await run.errorText.contains("a second signal stops at once") }
                await run.send(SIGINT)
                #expect(try await run.result(within: .seconds(10)).end == .exited(130))
                #expect(lab.strays.isEmpty)
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func `a signal ends a command that has nothing to finish at once`(signal: Int32) async throws {
            let faults = """
                {"rules": [{"match": {"endpoint": "token"}, "fault": {"kind": "delay", "duration": "50s"}}]}
                """
            try await Lab.with(faults: faults) { lab in
                let run = try await lab.start(Self.words(lab))
                try await eventually("it logs in") { lab.simulator.statistics.requests["token"] != nil }
                await run.send(signal)
                #expect(try await run.result(within: .seconds(10)).end == .exited(128 + signal))
                #expect(!lab.exists("out"))
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func `a signal ends a merge at once, also where there was nothing to fetch`(signal: Int32) async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                unlink(lab.path("out/_SUCCESS"))
                // Whoever reads this file waits for good.
                let index = try #require(lab.files("out/parts").keys.first { $0.hasSuffix(".index") })
                let path = lab.path("out/parts/" + index)
                unlink(path)
                #expect(mkfifo(path, 0o600) == 0)
                let run = try await lab.start(lab.run())
                try await eventually("it merges") { lab.exists("out/merging") }
                await run.send(signal)
                #expect(try await run.result(within: .seconds(10)).end == .exited(128 + signal))
                #expect(lab.strays.isEmpty)
            }
        }

        @Test func `a worker that is drained ends 0 and gives its shards back`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let planned = try await lab.trawl(
                    "plan", "--from", "2024-01-01", "--to", "2024-01-03", "--shard", "1h", "--out", "out", "--api-url",
                    lab.url, "--redis", url)
                #expect(planned.end == .exited(0), "\(planned.error)")
                let words = ["worker", "--redis", url, "--slots", "2", "--rate", "none"]
                let first = try await lab.start(words)
                try await lab.requests(10)
                await first.send(SIGTERM)
                let result = try await first.result()
                #expect(result.end == .exited(0), "\(result.error)")
                let second = try await lab.start(words + ["--until-idle"])
                #expect(try await second.result().end == .exited(0))
                let merged = try await lab.trawl("merge", "out")
                #expect(merged.end == .exited(0), "\(merged.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.count <= 2)
                await redis.stop()
            }
        }
    }
}
