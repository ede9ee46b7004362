import FoundationEssentials
import Redis
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// Logs that programs collect.
    @Suite struct LogTests {
        private static func objects(_ result: TestProcess.Result) throws -> [[String: JSONValue]] {
            try result.errorLines.map { line in
                let value = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
                guard case .object(let members) = value else { throw TestFailure("no object: \(line)") }
                return members
            }
        }

        @Test func `every line is one JSON object, and what it is about stands in fields of its own`() async throws {
            let faults = #"{"rules": [{"match": {"request": 3}, "fault": {"kind": "status", "status": 503}}]}"#
            try await Lab.with(faults: faults) { lab in
                let run = lab.run(shard: "1d", workers: 1, "--slots", "1", "--log-format", "json")
                let result = try await lab.start(run).result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                let lines = try Self.objects(result)
                for line in lines {
                    let time = try #require(line["time"]?.string)
                    #expect(Instant(time) != nil && time.hasSuffix("Z") && time.count == 24, "\(time)")
                    #expect(["info", "warning"].contains(line["level"]?.string ?? ""), "\(line)")
                    #expect(line["message"]?.string?.isEmpty == false)
                }
                let failure = try #require(lines.first { $0["level"] == .string("warning") && $0["page"] != nil })
                #expect(failure["shard"]?.string.flatMap { ShardID($0) } != nil, "\(failure)")
                #expect(failure["page"] == .integer(3) && failure["attempt"] == .integer(1), "\(failure)")
                #expect(failure["token"]?.string?.split(separator: ":").count == 3, "\(failure)")
                #expect(failure["worker"] == .string("worker-1"))
                let id = try #require(failure["correlation"]?.string)
                let message = try #require(failure["message"]?.string)
                #expect(message.hasPrefix("try 1 of 5: HTTP 503") && !message.contains(id), "\(message)")
            }
        }

        @Test func `a worker's lines name its run, and people are spared the token`() async throws {
            let faults = #"{"rules": [{"match": {"request": 2}, "fault": {"kind": "status", "status": 503}}]}"#
            try await Lab.with(faults: faults) { lab in
                let redis = try await RedisServer()
                try await lab.plan(on: redis.url.description, shard: "1d")
                let words = ["worker", "--redis", redis.url.description, "--rate", "none", "--until-idle"]
                let result = try await lab.start(words + ["--log-format", "json"]).result()
                #expect(result.end == .exited(0), "\(result.error)")
                let failure = try #require(try Self.objects(result).first { $0["page"] != nil })
                #expect(failure["run"] != nil && failure["shard"] != nil && failure["token"] != nil, "\(failure)")
                await redis.stop()
            }
            try await Lab.with(faults: faults) { lab in
                let result = try await lab.start(lab.run(workers: 1, "--log-format", "text")).result()
                let line = try #require(result.errorLines.first { $0.contains(" page=") })
                #expect(
                    line.contains("correlation=") && line.contains("attempt=1") && !line.contains("token="), "\(line)")
            }
        }

        @Test func `how a command failed is an object, too`() async throws {
            try await Lab.with { lab in
                let result = try await lab.trawl("merge", "nowhere", "--log-format", "json")
                let line = try #require(try Self.objects(result).first)
                #expect(line["level"] == .string("error") && line["command"] == .string("merge"), "\(line)")
                guard case .exited(let code) = result.end else { throw TestFailure("\(result.end)") }
                #expect(code != 0 && line["exit_code"] == .integer(Int64(code)))
            }
        }

        @Test(arguments: ["run", "plan", "worker", "merge"])
        func `another format is refused in one line`(command: String) async throws {
            try await Lab.with { lab in
                let result = try await lab.trawl(command, "--log-format", "xml")
                #expect(result.end == .exited(64) && result.errorLines.count == 1, "\(result.error)")
                #expect(result.error.contains("--log-format 'xml': expected text or json"), "\(result.error)")
            }
        }
    }
}
