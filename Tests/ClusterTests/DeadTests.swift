import Glibc
import Redis
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// Shards that give up, and what the operator decides about them.
    @Suite struct DeadTests {
        private static let shard = "20240102T060000Z-20240102T120000Z"

        /// The API refuses the third quarter of the second day so many times. The slash keeps other intervals out that
        /// end where it begins.
        private static func refused(_ times: Int, _ from: String = "2024-01-02T06:00:00.000Z/") -> String {
            #"{"rules": [{"match": {"interval": "\#(from)"}, "times": \#(times), "#
                + #""fault": {"kind": "status", "status": 400, "message": "not today"}}]}"#
        }

        @Test func `a dead shard ends the run, is skipped, comes back and completes it`() async throws {
            try await Lab.with(faults: Self.refused(2)) { lab in
                let words = lab.run()
                let died = try await lab.start(words).result()
                #expect(died.end == .exited(3))
                #expect(died.output.isEmpty)
                let last = try #require(died.errorLines.last)
                #expect(last.contains("1 shard gave up: \(Self.shard) (refused)"), "\(last)")
                for verb in ["show", "retry", "skip"] { #expect(last.contains("trawl dead \(verb) ")) }
                #expect(died.error.contains("not today"))

                let list = try await lab.trawl("dead", "list", "out")
                #expect(list.end == .exited(0) && list.error.isEmpty)
                for part in [Self.shard, "refused", "not today", "correlation id", "attempts 1, reclaims 0", "next: "] {
                    #expect(list.output.contains(part), "\(part): \(list.output)")
                }
                let refused = try await lab.trawl("merge", "out")
                #expect(refused.end == .exited(3) && refused.error.contains("trawl dead list"))

                // The same command again asks for nothing.
                lab.simulator.resetStatistics()
                #expect(try await lab.start(words).result().end == .exited(3))
                #expect(lab.simulator.statistics.apiRequests == 0)

                let skip = try await lab.trawl("dead", "skip", "out", Self.shard, "--reason", "ticket 4711")
                #expect(skip.end == .exited(0) && skip.output.contains("trawl merge"), "\(skip.error)")
                let again = try await lab.trawl("dead", "skip", "out", Self.shard, "--reason", "another")
                #expect(again.end == .exited(0) && again.output.contains("skipped before"))
                let gaps = try await lab.start(words).result()
                #expect(gaps.end == .exited(3), "\(gaps.error)")
                #expect(gaps.output.hasPrefix("INCOMPLETE, merged with gaps"))
                #expect(gaps.output.contains("MISSING: \(Self.shard): skipped at "))
                #expect(gaps.output.contains("ticket 4711"))
                let manifest = String(decoding: try lab.files("out")["manifest.json"] ?? [], as: UTF8.self)
                #expect(manifest.contains(#""verdict" : "gaps""#) && manifest.contains("ticket 4711"))
                #expect(!lab.exists("out/_SUCCESS"))
                let merged = try await lab.trawl("merge", "out")
                #expect(merged.end == .exited(3) && merged.output.contains("ticket 4711"), "\(merged.error)")

                let status = try await lab.trawl("status", "out")
                #expect(status.end == .exited(3) && status.output.contains("0 dead, 1 skipped"), "\(status.output)")
                let verified = try await lab.trawl("verify", "out")
                #expect(verified.end == .exited(3), "\(verified.output)")
                #expect(verified.output.contains("left out on purpose (ticket 4711)"))

                // Another life takes the skip back; the next death is decided anew.
                let retry = try await lab.trawl("dead", "retry", "out", Self.shard)
                #expect(retry.end == .exited(0) && retry.output.contains("trawl run"))
                #expect(try await lab.start(words).result().end == .exited(3))
                let show = try await lab.trawl("dead", "show", "out", Self.shard)
                #expect(show.end == .exited(0))
                for part in ["gave up 2 times", "round 1:", "ticket 4711", "another life at", "round 2:"] {
                    #expect(show.output.contains(part), "\(part): \(show.output)")
                }
                let json = try await lab.trawl("dead", "list", "out", "--json")
                #expect(json.output.contains(#""skipped":null"#) && json.output.contains(#""cause":"refused""#))

                #expect(try await lab.trawl("dead", "retry", "out", "--all").end == .exited(0))
                try await lab.complete(words)
                try lab.expectTruth()
                let none = try await lab.trawl("dead", "list", "out")
                #expect(none.end == .exited(0) && none.output.hasPrefix("no dead shards\nnext: "))
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
            }
        }

        @Test func `with --allow-gaps a run merges without its dead shards, labelled`() async throws {
            try await Lab.with(faults: Self.refused(1)) { lab in
                let run = try await lab.start(lab.run() + ["--allow-gaps"]).result()
                #expect(run.end == .exited(3))
                #expect(run.output.contains("owed or dead: \(Self.shard)"), "\(run.output)")
                #expect(!lab.exists("out/_SUCCESS") && lab.exists("out/merged"))
                #expect(try await lab.trawl("merge", "out").end == .exited(3))
                #expect(try await lab.trawl("merge", "out", "--allow-gaps").end == .exited(3))
                #expect(try await lab.trawl("dead", "retry", "out", "--all").end == .exited(0))
                try await lab.complete(lab.run())
                try lab.expectTruth()
            }
        }

        /// The death comes early, and a second and more of the run is left.
        private static func live(_ body: (Lab) async throws -> Void) async throws {
            try await Lab.with(
                faults: refused(1, "2024-01-01T01:00:00.000Z/"), latency: .milliseconds(50), body)
        }

        private static func words(_ lab: Lab) -> [String] { lab.run(shard: "1h", workers: 1, "--slots", "2") }

        private static let early = "dead/20240101T010000Z-20240101T020000Z.1.json"

        @Test func `a retry reaches the schedule of a live run at once`() async throws {
            try await Self.live { lab in
                let run = try await lab.start(Self.words(lab))
                try await eventually("a shard is dead") { lab.exists("out/\(Self.early)") }
                let retry = try await lab.trawl("dead", "retry", "out", "--all")
                #expect(retry.output.contains("1 shard put on the schedule"), "\(retry.output)")
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                // Nothing had to be built anew for it.
                #expect(!result.error.contains("building it again"), "\(result.error)")
                try lab.expectTruth()
            }
        }

        @Test func `a retry that the schedule does not hear of holds all the same`() async throws {
            try await Self.live { lab in
                let redis = try await RedisServer()
                let run = try await lab.start(Self.words(lab) + ["--redis", redis.url.description])
                try await eventually("a shard is dead") { lab.exists("out/\(Self.early)") }
                let retry = try await lab.trawl("dead", "retry", "out", "--all")
                #expect(retry.end == .exited(0) && !retry.output.contains("schedule"), "\(retry.output)")
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                await redis.stop()
            }
        }

        @Test func `a retry brings workers elsewhere back to work`() async throws {
            try await Lab.with(faults: Self.refused(1)) { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let planned = try await lab.trawl(
                    "plan", "--from", "2024-01-01", "--to", "2024-01-03", "--shard", "6h", "--out", "out", "--api-url",
                    lab.url, "--redis", url)
                #expect(planned.end == .exited(0), "\(planned.error)")
                let words = ["worker", "--redis", url, "--until-idle", "--rate", "none"]
                #expect(try await lab.start(words).result().end == .exited(3))
                let retry = try await lab.trawl("dead", "retry", "out", "--all", "--redis", url)
                #expect(retry.output.contains("1 shard put on the schedule"), "\(retry.output)")
                let worker = try await lab.start(words).result()
                #expect(worker.end == .exited(0), "\(worker.error)")
                #expect(try await lab.trawl("merge", "out").end == .exited(0))
                try lab.expectTruth()
                await redis.stop()
            }
        }

        @Test func `a shard that kills its worker three times is dead, and comes back`() async throws {
            // Each of the first three owners waits for its answer until it is killed.
            let faults =
                #"{"rules": [{"match": {"interval": "2024-01-02T06:00:00.000Z/"}, "times": 3, "#
                + #""fault": {"kind": "delay", "duration": "120s"}}]}"#
            try await Lab.with(faults: faults) { lab in
                let words = lab.run("out", shard: "6h", workers: 2, "--slots", "1")
                let run = try await lab.start(words)
                var killed: Set<Int32> = []
                for round in 1...3 {
                    try await eventually("owner \(round) waits") { lab.simulator.statistics.faults == round }
                    let redis = RedisClient(url: RedisURL(endpoint: .unix(path: lab.path("out/.redis/redis.sock"))))
                    let keys = try await redis.command("KEYS", "trawl:*:owners").array
                    let owner = try await redis.command("HGET", try #require(keys.first).text, Self.shard).text
                    redis.close()
                    let victim = try #require(lab.workers.first { $0.command.contains("--name \(owner) ") })
                    #expect(killed.insert(victim.id).inserted)
                    kill(victim.id, SIGKILL)
                }
                let result = try await run.result()
                #expect(result.end == .exited(3), "\(result.error)")
                let last = try #require(result.errorLines.last)
                #expect(last.contains("1 shard gave up: \(Self.shard) (reclaims)"), "\(last)")
                #expect(result.error.contains("3 workers died while fetching it"), "\(result.error)")
                let list = try await lab.trawl("dead", "list", "out")
                #expect(list.output.contains("attempts 0, reclaims 3"), "\(list.output)")
                // Nobody else was charged for it: all the others are there.
                #expect(try lab.files("out/out").count == 7)

                #expect(try await lab.trawl("dead", "retry", "out", Self.shard).end == .exited(0))
                try await lab.complete(words)
                try lab.expectTruth()
            }
        }

        @Test(arguments: [
            ([], "say 'list'"), (["bury", "out"], "say 'list'"), (["list"], "name the run's directory"),
            (["list", "nowhere"], "no such directory"), (["show", "out"], "name one shard"),
            (["show", "out", "20240101T000000Z-20240101T060000Z"], "never gave up: it is fetched"),
            (["show", "out", "20250101T000000Z-20250101T060000Z"], "no shard of this run"),
            (["show", "out", "yesterday"], "'yesterday' is no shard"), (["list", "out", "--all"], "--all"),
            (["retry", "out"], "name the shards, or say --all"),
            (["retry", "out", shard, "--all"], "not both"), (["retry", "out", shard, "--reason", "x"], "--reason"),
            (
                ["retry", "out", shard, "20240101T000000Z-20240101T060000Z"],
                "is not dead: it is fetched; nothing was done"
            ),
            (["skip", "out", shard], "needs a reason"), (["skip", "out", shard, "--reason", " "], "needs a reason"),
            (["skip", "out", shard, "--reason", "a\u{1B}[2J"], "one line of text"),
            (["skip", "out", "20240101T000000Z-20240101T060000Z", "--reason", "x"], "is not dead: it is fetched"),
        ])
        func `a wrong decision is one line, and nothing is decided`(words: [String], part: String) async throws {
            try await Lab.with(faults: Self.refused(1)) { lab in
                #expect(try await lab.start(lab.run()).result().end == .exited(3))
                let result = try await lab.start(["dead"] + words).result()
                #expect(result.end == .exited(64))
                #expect(
                    result.output.isEmpty && result.errorLines.count == 1 && result.error.contains(part),
                    "\(result.error)")
                #expect(try lab.files("out/requeue").isEmpty && lab.files("out/skipped").isEmpty)
            }
        }
    }
}
