import Redis
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// The result is the truth, whatever the way to it.
    @Suite struct ResultTests {
        @Test func `a run holds what the API holds, byte for byte`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(lab.run()).result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(result.output.hasPrefix("complete and verified: 3,000 conversations"))
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
            }
        }

        @Test(arguments: [SelectionRule.dayOverlap, .wholeDay, .lifetime])
        func `workers, shard sizes and what an interval returns make no difference`(selection: SelectionRule)
            async throws
        {
            var options = Lab.small
            options.selection = selection
            // An hour returns a whole day: fewer records keep it short.
            if selection == .wholeDay { options.conversations = 600 }
            try await Lab.with(options) { lab in
                var trees: [[String: [UInt8]]] = []
                for (workers, shard) in [(1, "1d"), (2, "6h"), (4, "1h")] {
                    try await lab.complete(lab.run("out-\(workers)", shard: shard, workers: workers))
                    try lab.expectTruth("out-\(workers)")
                    trees.append(try lab.files("out-\(workers)/merged"))
                }
                #expect(trees[0].count == 2)
                let areEqual = trees.allSatisfy { $0 == trees[0] }
                #expect(areEqual, "\(trees.map { $0.mapValues(\.count) })")
            }
        }

        @Test func `a result without compression is the truth as it is`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run("out", "--compress", "none"))
                try lab.expectTruth()
                #expect(try lab.files("out/merged").keys.allSatisfy { $0.hasSuffix(".ndjson") })
            }
        }

        @Test func `the same command again asks for nothing and changes nothing`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                let before = try lab.files("out")
                lab.simulator.resetStatistics()
                let again = try await lab.start(lab.run()).result()
                #expect(again.end == .exited(0))
                #expect(again.output.hasPrefix("complete and verified (already)"))
                #expect(lab.simulator.statistics.requests.isEmpty)
                let isUnchanged = try lab.files("out") == before
                #expect(isUnchanged)
            }
        }

        @Test func `workers elsewhere fetch what was planned on a shared Redis`() async throws {
            try await Lab.with(latency: .milliseconds(5)) { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let planned = try await lab.trawl(
                    "plan", "--from", "2024-01-01", "--to", "2024-01-03", "--shard", "1h", "--out", "out", "--api-url",
                    lab.url, "--redis", url)
                #expect(planned.end == .exited(0), "\(planned.error)")
                let incomplete = try await lab.trawl("merge", "out")
                #expect(incomplete.end == .exited(3))
                #expect(incomplete.errorLines.count == 1)
                let words = ["worker", "--redis", url, "--until-idle", "--slots", "2", "--rate", "none", "--verbose"]
                let workers = [try await lab.start(words), try await lab.start(words)]
                for worker in workers {
                    let result = try await worker.result()
                    #expect(result.end == .exited(0), "\(result.error)")
                    #expect(result.error.contains("proven"))
                }
                let merged = try await lab.trawl("merge", "out")
                #expect(merged.end == .exited(0), "\(merged.error)")
                try lab.expectTruth()
                #expect(lab.repeatedIntervals.isEmpty)
                await redis.stop()
            }
        }
    }
}
