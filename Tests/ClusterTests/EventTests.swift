import FoundationEssentials
import Glibc
import Redis
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// What programs and logs are told of a run.
    @Suite struct EventTests {
        private static let shard = "20240102T060000Z-20240102T120000Z"

        private static func refused(_ times: Int) -> String {
            #"{"rules": [{"match": {"interval": "2024-01-02T06:00:00.000Z/"}, "times": \#(times), "#
                + #""fault": {"kind": "status", "status": 400, "message": "not today"}}]}"#
        }

        /// Every line, as JSON; the last one, and only that, is a result.
        private static func events(
            _ result: TestProcess.Result, sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> [JSONValue] {
            let events = try result.output.split(separator: "\n").map {
                try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
            }
            #expect(
                events.count { $0["event"] == .string("result") } == 1, "\(result.output)",
                sourceLocation: sourceLocation)
            #expect(events.last?["event"] == .string("result"), "\(result.output)", sourceLocation: sourceLocation)
            if case .exited(let code) = result.end {
                #expect(events.last?["exitCode"]?.integer == Int(code), sourceLocation: sourceLocation)
            }
            return events
        }

        private static func names(_ events: [JSONValue]) -> [String] { events.compactMap { $0["event"]?.string } }

        @Test func `a run tells its plan, its progress and its merge, and ends in one result`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let events = try Self.events(try await lab.start(lab.run() + ["--json"]).result())
                #expect(events.first?["event"] == .string("plan") && events.first?["owed"]?.integer == 8)
                let names = Self.names(events)
                #expect(Set(names) == ["plan", "progress", "run", "merge", "result"], "\(names)")
                let progress = try #require(events.first { $0["event"] == .string("progress") })
                #expect(progress["state"] != nil && progress["shards"]?["pending"] != nil && progress["events"] == nil)
                #expect(events.last?["verdict"] == .string("complete") && events.last?["records"]?.integer == 3000)
                // Nothing is fetched the second time, and there is a result all the same.
                let again = try Self.events(try await lab.start(lab.run() + ["--json"]).result())
                #expect(again.count == 1)
                let merge = try Self.events(try await lab.trawl("merge", "out", "--json"))
                #expect(Self.names(merge).contains("merge"))
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func `a run that is stopped by a signal says so in its result`(signal: Int32) async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let run = try await lab.start(lab.run(shard: "1h", workers: 2, "--slots", "1", "--json"))
                try await lab.requests(20)
                await run.send(signal)
                let result = try await run.result()
                #expect(result.end == .exited(128 + signal))
                let last = try #require(try Self.events(result).last)
                #expect(last["message"]?.string?.contains("run the same command again") == true, "\(last)")
            }
        }

        @Test func `a signal before there is anything to finish leaves a result, too`() async throws {
            let faults = """
                {"rules": [{"match": {"endpoint": "token"}, "fault": {"kind": "delay", "duration": "50s"}}]}
                """
            try await Lab.with(faults: faults) { lab in
                let run = try await lab.start(lab.run() + ["--json"])
                try await eventually("it logs in") { lab.simulator.statistics.requests["token"] != nil }
                await run.send(SIGINT)
                let result = try await run.result(within: .seconds(10))
                #expect(result.end == .exited(130))
                #expect(try Self.events(result).count == 1)
            }
        }

        @Test func `bad credentials, a mistake and another run's directory leave a result`() async throws {
            try await Lab.with { lab in
                let denied = try await lab.start(
                    lab.run() + ["--json"], environment: ["GENESYSCLOUD_OAUTHCLIENT_SECRET": "wrong-one"]
                ).result()
                #expect(denied.end == .exited(4))
                #expect(try Self.events(denied).last?["message"]?.string?.contains("401") == true)
                let mistaken = try await lab.start(lab.run() + ["--json", "--page-size", "0"]).result()
                #expect(mistaken.end == .exited(64))
                #expect(try Self.events(mistaken).count == 1)
                try await lab.complete(lab.run())
                let foreign = try await lab.start(lab.run(shard: "1h") + ["--json"]).result()
                #expect(foreign.end == .exited(64))
                #expect(try Self.events(foreign).count == 1)
            }
        }

        @Test func `shards that die are told to programs, and why`() async throws {
            try await Lab.with(faults: Self.refused(1)) { lab in
                let result = try await lab.start(lab.run() + ["--json"]).result()
                #expect(result.end == .exited(3))
                let events = try Self.events(result)
                let dead = try #require(events.first { $0["kind"] == .string("dead") })
                #expect(dead["event"] == .string("shard") && dead["shard"] == .string(Self.shard), "\(dead)")
                #expect(dead["reason"]?.string?.contains("not today") == true, "\(dead)")
                #expect(events.last?["message"]?.string?.contains("trawl dead show") == true)
                #expect(Self.names(events).contains("warning"), "\(result.output)")
            }
        }

        @Test func `logs tell what happened to a run, by its directory and by its name, and follow it to its end`()
            async throws
        {
            try await Lab.with(faults: Self.refused(1), latency: .milliseconds(5)) { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                try await lab.plan(on: url, shard: "6h")
                let follow = try await lab.start(["logs", "out", "--redis", url, "--follow"])
                let words = ["worker", "--redis", url, "--until-idle", "--rate", "none"]
                #expect(try await lab.start(words).result().end == .exited(3))
                try await eventually("the death is told") { await follow.outputText.contains("gave up: ") }
                #expect(await !follow.hasEnded)

                let all = try await lab.trawl("logs", "out", "--redis", url)
                #expect(all.end == .exited(0) && all.error.isEmpty, "\(all.error)")
                let lines = all.output.split(separator: "\n")
                #expect(lines.first?.hasSuffix("schedule 1 installed: 8 shards owed") == true, "\(all.output)")
                let death = try #require(lines.first { $0.contains("gave up") })
                #expect(death.contains("not today"), "\(death)")
                #expect(death.hasSuffix("'trawl dead show \(lab.path("out")) \(Self.shard)' says why"), "\(death)")

                let run = try await lab.trawl("status", "out", "--json").output
                let name = try #require(
                    try JSONDecoder().decode(JSONValue.self, from: Data(run.utf8))["run"]?.string)
                let named = try await lab.trawl("logs", "--run", name, environment: ["TRAWL_REDIS_URL": url])
                #expect(named.output == all.output, "\(named.error)")
                let json = try await lab.trawl("logs", "out", "--redis", url, "--json", "--shard", Self.shard)
                let objects = try json.output.split(separator: "\n").map {
                    try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
                }
                #expect(!objects.isEmpty && objects.allSatisfy { $0["shard"] == .string(Self.shard) }, "\(json.output)")
                let unknown = try await lab.trawl("logs", "--run", "nobody", "--redis", url)
                #expect(unknown.end == .exited(64) && unknown.error.contains("trawl runs"), "\(unknown.error)")

                #expect(try await lab.trawl("dead", "retry", "out", "--all", "--redis", url).end == .exited(0))
                #expect(try await lab.start(lab.run() + ["--redis", url]).result().end == .exited(0))
                let followed = try await follow.result(within: .seconds(20))
                #expect(followed.end == .exited(0), "\(followed.error)")
                #expect(
                    followed.output.contains("given another life") && followed.output.contains("the run is complete"))
                await redis.stop()
            }
        }

        @Test func `without a Redis, logs say where else to look`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                let result = try await lab.trawl("logs", "out")
                #expect(result.end == .exited(3) && result.output.isEmpty, "\(result.output)")
                #expect(result.errorLines.count == 1 && result.error.contains("trawl status"), "\(result.error)")
            }
        }
    }
}
