import Redis
import Testing
import TrawlTestKit

extension ClusterTests {
    /// Lists of runs.
    @Suite struct RunsTests {
        @Test func `runs lists what a Redis knows and what lies in directories`() async throws {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let none = try await lab.trawl("runs", "--redis", url)
                #expect(none.end == .exited(0) && none.output == "no runs\n", "\(none.error)")
                try await lab.plan(on: url, shard: "6h")
                let planned = try await lab.trawl("runs", "--redis", url)
                #expect(planned.end == .exited(0), "\(planned.error)")
                let line = try #require(planned.output.split(separator: "\n").last)
                let cells = line.split(separator: " ").map(String.init)
                #expect(cells[1...6] == ["running", "0", "8", "0", "0", "1"], "\(line)")
                #expect(line.hasSuffix("\(lab.path("out")) (in progress)"), "\(line)")

                #expect(try await lab.start(lab.run() + ["--redis", url]).result().end == .exited(0))
                // Complete runs are on no list any more, and still known.
                let json = try await lab.trawl("runs", "--json", environment: ["TRAWL_REDIS_URL": url])
                for part in [#""state":"complete""#, #""storeState":"complete and verified""#, #""owed":0"#] {
                    #expect(json.output.contains(part), "\(json.output)")
                }

                try lab.write("no run", to: "notes.txt")
                let folder = try await lab.trawl("runs", ".")
                #expect(folder.end == .exited(0), "\(folder.error)")
                let rows = folder.output.split(separator: "\n")
                #expect(rows.count == 2 && rows[1].contains("complete and verified"), "\(folder.output)")
                #expect(try await lab.trawl("runs", "out").output == folder.output)
                try lab.write("{", to: "out/plan.json")
                let damaged = try await lab.trawl("runs", ".")
                #expect(damaged.end == .exited(0) && damaged.output.contains("cannot be read"), "\(damaged.output)")
                await redis.stop()
            }
        }

        @Test(arguments: [
            (["runs"], "name a Redis"), (["runs", "nowhere"], "no such directory"),
            (["runs", ".", "--redis", "redis://localhost"], "not both"), (["runs", "--all"], "--all"),
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
