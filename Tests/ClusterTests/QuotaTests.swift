import FoundationEssentials
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// What a run owes to others: the quota, and its secrets.
    @Suite struct QuotaTests {
        @Test(arguments: [RateLimit.Mode.slidingLog, .fixedWindow])
        func `several workers together never exceed the quota`(mode: RateLimit.Mode) async throws {
            var options = Lab.small
            options.rate = RateLimit(requests: 30, window: .seconds(1), mode: mode)
            try await Lab.with(options) { lab in
                var words = lab.run(shard: "1h", workers: 4)
                words[try #require(words.firstIndex(of: "none"))] = "30/1s"
                try await lab.complete(words)
                try lab.expectTruth()
                #expect(lab.simulator.statistics.tooManyRequests == 0)
                #expect(lab.simulator.statistics.peak <= 30)
                #expect(lab.repeatedIntervals.isEmpty)
            }
        }

        @Test func `a quota that is smaller than was said is found out, and costs no shard`() async throws {
            var options = Lab.small
            options.rate = RateLimit(requests: 15, window: .seconds(1), mode: .fixedWindow)
            try await Lab.with(options) { lab in
                var words = lab.run(shard: "6h", workers: 4)
                words[try #require(words.firstIndex(of: "none"))] = "60/1s"
                try await lab.complete(words)
                try lab.expectTruth()
                #expect(lab.simulator.statistics.tooManyRequests > 0)
            }
        }

        @Test func `the secret is in no command line, no file and not with the private Redis`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let run = try await lab.start(lab.run(shard: "1h", workers: 2, "--verbose"))
                try await lab.requests(10)
                #expect(lab.workers.count == 2)
                let redis = try #require(lab.redisServers.first)
                let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(redis.id)/environ"))
                #expect(!String(decoding: environment, as: UTF8.self).contains("simulator"))
                #expect(!lab.strays.contains { $0.command.contains("simulator-secret") })
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                // The lab's directory holds the store and all that was printed.
                for (name, content) in try lab.files(".") {
                    #expect(!String(decoding: content, as: UTF8.self).contains("simulator-secret"), "\(name)")
                }
            }
        }
    }
}
