import Glibc
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// What is damaged or not proven is found, named, and made good with nothing else fetched again.
    @Suite struct RepairTests {
        /// The largest file of a folder of the store whose name ends so.
        private static func largest(_ lab: Lab, _ folder: String, _ end: String) throws -> String {
            try #require(
                try lab.files("out/\(folder)").filter { $0.key.hasSuffix(end) }.max { $0.value.count < $1.value.count }
            ).key
        }

        private static func damage(_ lab: Lab, _ name: String) {
            let file = open(lab.path("out/\(name)"), O_WRONLY)
            #expect(pwrite(file, "damage", 6, 100) == 6)
            close(file)
        }

        @Test func `a damaged part is repaired by fetching its shard again, and that only`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                let name = try Self.largest(lab, "parts", ".zst")
                let shard = String(name.prefix { $0 != "." })
                Self.damage(lab, "parts/\(name)")
                let before = try lab.files("out")
                let dry = try await lab.trawl("repair", "out")
                #expect(dry.end == .exited(5), "\(dry.error)")
                #expect(dry.output.contains("would repair: 1 shard and the merged result"), "\(dry.output)")
                #expect(dry.output.contains("  \(shard): fetch again: parts/\(name)"))
                #expect(try lab.files("out") == before)

                let applied = try await lab.trawl("repair", "out", "--apply")
                #expect(applied.end == .exited(3), "\(applied.error)")
                let kept = try lab.files("out/repair/1")
                #expect(Set(kept.keys.filter { $0.contains(shard) }).count == 3 && kept["_SUCCESS"] != nil)
                let again = try await lab.trawl("repair", "out", "--apply")
                #expect(again.end == .exited(0) && again.output.hasPrefix("nothing to repair"))

                lab.simulator.resetStatistics()
                try await lab.complete(lab.run())
                #expect(Set(lab.simulator.statistics.pages.keys.map(\.interval)).count == 1)
                try lab.expectTruth()
                let verified = try await lab.trawl("verify", "out")
                #expect(verified.end == .exited(0), "\(verified.output)")
                #expect(verified.output.contains("Nothing is missing: in each of 8 time spans"), "\(verified.output)")
                #expect(try await lab.trawl("repair", "out").end == .exited(0))
            }
        }

        @Test func `a damaged result is merged again, and nothing is fetched`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                Self.damage(lab, "merged/\(try Self.largest(lab, "merged", ".zst"))")
                #expect(try await lab.trawl("verify", "out").end == .exited(5))
                let applied = try await lab.trawl("repair", "out", "--apply", "--json")
                #expect(applied.end == .exited(3) && applied.output.contains(#""remedy":"merge""#), "\(applied.output)")
                #expect(!lab.exists("out/_SUCCESS") && lab.exists("out/repair/1/_SUCCESS"))
                lab.simulator.resetStatistics()
                try await lab.complete(lab.run())
                #expect(lab.simulator.statistics.apiRequests == 0)
                try lab.expectTruth()
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
            }
        }

        @Test func `a shard that did not prove complete is walked again`() async throws {
            // All five walks of the run, and no more.
            let rule =
                #"{"match": {"page": 2, "interval": "2024-01-01T12:00:00.000Z/"}, "times": 5, "#
                + #""fault": {"kind": "totalDrift", "by": 3}}"#
            try await Lab.with(faults: #"{"rules": [\#(rule)]}"#) { lab in
                let run = try await lab.start(lab.run()).result()
                #expect(run.end == .exited(5) && run.output.contains("trawl repair"), "\(run.output)")
                let verified = try await lab.trawl("verify", "out")
                #expect(verified.end == .exited(5), "\(verified.output)")
                #expect(verified.output.contains("NOT PROVEN COMPLETE") && verified.output.contains("drifted"))
                #expect(try await lab.trawl("repair", "out", "--apply").end == .exited(3))
                try await lab.complete(lab.run())
                try lab.expectTruth()
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
            }
        }

        @Test func `a split that holds less than was counted before it is found and fetched again`() async throws {
            // The first page of the whole day promises 40 more than there are.
            let rule =
                #"{"match": {"interval": "2024-01-01T00:00:00.000Z/2024-01-02"}, "times": 1, "#
                + #""fault": {"kind": "totalDrift", "by": 40}}"#
            try await Lab.with(faults: #"{"rules": [\#(rule)]}"#) { lab in
                let profile = try await lab.trawl("profiles", "show", "details-query")
                try lab.write(profile.output.replacing(#""depth": 100000"#, with: #""depth": 500"#), to: "shallow.json")
                let words = lab.run("out", shard: "1d", workers: 2, "--endpoint", "./shallow.json")
                let first = try await lab.start(words).result()
                #expect(first.end == .exited(5) && first.output.contains("was cut at"), "\(first.output)")
                #expect(!lab.exists("out/_SUCCESS"))
                let verified = try await lab.trawl("verify", "out")
                #expect(verified.end == .exited(5), "\(verified.output)")
                #expect(verified.output.contains("out/20240101T000000Z-20240102T000000Z.json: the API counted "))
                #expect(try await lab.trawl("repair", "out", "--apply").end == .exited(3))
                lab.simulator.resetStatistics()
                try await lab.complete(words)
                #expect(lab.simulator.statistics.pages.keys.allSatisfy { $0.interval.hasPrefix("2024-01-01T") })
                try lab.expectTruth()
                let sound = try await lab.trawl("verify", "out")
                #expect(sound.end == .exited(0), "\(sound.output)")
                #expect(sound.output.contains("had to be cut held against the count before the cut"))
            }
        }

        @Test func `asked online, the API may count more than was fetched`() async throws {
            // Only --online asks for whole days.
            let rule =
                #"{"match": {"interval": "2024-01-02T00:00:00.000Z/2024-01-03T"}, "times": 2, "#
                + #""fault": {"kind": "totalDrift", "by": 3}}"#
            let busy =
                #"{"match": {"interval": "2024-01-01T00:00:00.000Z/2024-01-02T"}, "times": 1, "#
                + #""fault": {"kind": "429-storm", "requests": 1, "retryAfter": 1}}"#
            try await Lab.with(faults: #"{"rules": [\#(rule), \#(busy)]}"#) { lab in
                try await lab.complete(lab.run())
                lab.simulator.resetStatistics()
                let begin = ContinuousClock.now
                let more = try await lab.trawl("verify", "out", "--online", "--rate", "10/10s")
                #expect(begin.duration(to: .now) >= .milliseconds(1200), "the second day waits for its turn")
                #expect(more.end == .exited(5), "\(more.error)")
                #expect(more.output.contains("online: 2 days asked for"), "\(more.output)")
                #expect(more.output.contains("2024-01-02T00:00:00.000Z to 2024-01-03T00:00:00.000Z"))
                #expect(more.output.contains(" 3 MORE") && more.output.contains("open or came late"))
                #expect(lab.simulator.statistics.pages.keys.allSatisfy { $0.pageSize == 1 && $0.pageNumber == 1 })
                #expect(lab.simulator.statistics.apiRequests == 3)

                let json = try await lab.trawl("verify", "out", "--online", "--rate", "none", "--json")
                #expect(json.end == .exited(5) && json.output.contains(#""online":[{"from""#), "\(json.output)")
                let same = try await lab.trawl("verify", "out", "--online", "--rate", "none")
                #expect(same.end == .exited(0), "\(same.output)")
                #expect(same.output.contains("Asked today, the API counts no more than was fetched."))
                let denied = try await lab.start(
                    ["verify", "out", "--online"], environment: ["GENESYSCLOUD_OAUTHCLIENT_SECRET": "wrong"]
                ).result()
                #expect(denied.end == .exited(4) && denied.errorLines.count == 1, "\(denied.error)")
                // A shard that is named is fetched again although it verifies.
                let named = "20240102T000000Z-20240102T060000Z"
                #expect(try await lab.trawl("repair", "out", named, "--apply").end == .exited(3))
                lab.simulator.resetStatistics()
                try await lab.complete(lab.run())
                #expect(Set(lab.simulator.statistics.pages.keys.map(\.interval)).count == 1)
                try lab.expectTruth()
            }
        }

        @Test func `a store in use is not repaired`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let run = try await lab.start(lab.run(shard: "1h"))
                try await lab.requests(10)
                let refused = try await lab.trawl("repair", "out", "--apply")
                #expect(refused.end == .exited(64) && refused.errorLines.count == 1, "\(refused.error)")
                #expect(refused.error.contains("(pid \(run.id)) is using this directory"))
                #expect(try await run.result().end == .exited(0))
                try lab.expectTruth()
            }
        }

        @Test(arguments: [
            (["verify", "out", "--online", "--rate", "fast"], "--rate"), (["repair"], "name the run's directory"),
            (["repair", "out", "yesterday"], "'yesterday' is no shard"),
            (["repair", "out", "20250101T000000Z-20250101T060000Z"], "no outcome"),
        ])
        func `a mistake in the command is one line, and nothing is changed`(words: [String], part: String) async throws
        {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                let before = try lab.files("out")
                let result = try await lab.start(words).result()
                #expect(result.end == .exited(64) && result.output.isEmpty)
                #expect(result.errorLines.count == 1 && result.error.contains(part), "\(result.error)")
                #expect(try lab.files("out") == before)
            }
        }
    }
}
