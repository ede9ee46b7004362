import Glibc
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// Whatever the API does, a run that ends 0 holds the truth.
    @Suite struct FaultTests {
        struct Weather: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let rules: String

            init(_ description: String, _ rules: String) {
                testDescription = description
                self.rules = rules
            }
        }

        @Test(arguments: [
            Weather(
                "429 storm",
                #"{"match": {"request": 9}, "fault": {"kind": "429-storm", "requests": 6, "retryAfter": 1}}"#),
            Weather("503 now and then", #"{"match": {"every": 7}, "fault": {"kind": "status", "status": 503}}"#),
            Weather(
                "500, 502, 504 and 408",
                #"{"match": {"request": 3}, "fault": {"kind": "status", "status": 500}},"#
                    + #"{"match": {"request": 5}, "fault": {"kind": "status", "status": 502}},"#
                    + #"{"match": {"request": 7}, "fault": {"kind": "status", "status": 504}},"#
                    + #"{"match": {"request": 9}, "fault": {"kind": "status", "status": 408}}"#),
            Weather("reset", #"{"match": {"every": 8}, "fault": {"kind": "reset", "after": 5000}}"#),
            Weather("short body", #"{"match": {"every": 8}, "fault": {"kind": "truncate", "after": 900}}"#),
            Weather("no answer", #"{"match": {"every": 8}, "fault": {"kind": "drop"}}"#),
            Weather("truncated JSON", #"{"match": {"every": 8}, "fault": {"kind": "truncateJSON"}}"#),
            Weather(
                "slow body",
                #"{"match": {"every": 9}, "fault": {"kind": "slow", "chunk": 4096, "every": "10ms"}}"#),
            Weather("expired token", #"{"match": {"request": [6, 20]}, "fault": {"kind": "expireTokens"}}"#),
            Weather("empty page", #"{"match": {"page": 2}, "times": 4, "fault": {"kind": "emptyPage"}}"#),
            Weather(
                "empty array", #"{"match": {"page": 1}, "times": 2, "fault": {"kind": "emptyPage", "array": true}}"#),
            Weather("repeated page", #"{"match": {"page": 3}, "times": 2, "fault": {"kind": "duplicatePage"}}"#),
            Weather(
                "total that moves", #"{"match": {"page": 2}, "times": 2, "fault": {"kind": "totalDrift", "by": 3}}"#),
            Weather(
                "record that is missing",
                #"{"match": {"page": 2}, "times": 2, "fault": {"kind": "mutate", "change": "dropRecord"}}"#),
            Weather(
                "page that shifts",
                #"{"match": {"page": 2}, "times": 2, "fault": {"kind": "mutate", "change": "shift"}}"#),
            Weather(
                "white space",
                #"{"match": {"every": 2}, "fault": {"kind": "mutate", "change": "whitespace"}}"#),
            Weather("proxy's page", #"{"match": {"every": 9}, "fault": {"kind": "html"}}"#),
            Weather("damaged gzip", #"{"match": {"every": 9}, "fault": {"kind": "gzipCorrupt"}}"#),
            Weather("byte order mark", #"{"match": {"every": 2}, "fault": {"kind": "bom"}}"#),
            Weather("wrong content type", #"{"match": {"every": 9}, "fault": {"kind": "wrongContentType"}}"#),
            Weather(
                "pretty-printed pages", #"{"match": {}, "fault": {"kind": "mutate", "change": "prettyPrinted"}}"#),
            Weather(
                "pages over 64 MB",
                #"{"match": {"page": 2}, "times": 1, "fault": {"kind": "hugePage", "bytes": 67108864}}"#),
        ])
        func `a run through bad weather holds the truth`(weather: Weather) async throws {
            try await Lab.with(faults: #"{"seed": 7, "rules": [\#(weather.rules)]}"#) { lab in
                let result = try await lab.start(lab.run("out", "--slots", "4")).result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(lab.simulator.statistics.faults > 0)
                try lab.expectTruth()
            }
        }

        @Test func `a total that never stands still leaves the run unproven, and it says so`() async throws {
            let rule =
                #"{"match": {"page": 2, "interval": "2024-01-01T12"}, "fault": {"kind": "totalDrift", "by": 3}}"#
            try await Lab.with(faults: #"{"rules": [\#(rule)]}"#) { lab in
                let result = try await lab.start(lab.run()).result()
                #expect(result.end == .exited(5), "\(result.error)")
                #expect(result.output.contains("NOT PROVEN: 20240101T120000Z-20240101T180000Z: drifted"))
                #expect(!lab.exists("out/_SUCCESS"))
                // All the same nothing is missing from what was merged.
                let isTrue = try lab.merged() == lab.truth()
                #expect(isTrue)
            }
        }

        @Test func `a record that was kept aside is fetched again as the verdict says`() async throws {
            let rule = #"{"match": {"page": 2}, "times": 1, "fault": {"kind": "mutate", "change": "withoutID"}}"#
            try await Lab.with(faults: #"{"rules": [\#(rule)]}"#) { lab in
                let result = try await lab.start(lab.run()).result()
                #expect(result.end == .exited(5), "\(result.error)")
                #expect(result.output.contains("KEPT ASIDE: 1 record"))
                #expect(!lab.exists("out/_SUCCESS"))
                // Fetched again as the line says, it is whole.
                let line = try #require(result.output.split(separator: "\n").first { $0.contains("KEPT ASIDE") })
                let shard = try #require(line.split(separator: " ").first { $0.hasSuffix("Z:") }).dropLast()
                #expect(unlink(lab.path("out/out/\(shard).json")) == 0)
                try await lab.complete(lab.run())
                try lab.expectTruth()
            }
        }
    }
}
