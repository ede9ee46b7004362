import Glibc
import Redis
import Testing
import TrawlQueue
import TrawlTestKit

extension ClusterTests {
    /// The limiters that workers share, as an operator sees and sets them.
    @Suite struct LimitTests {
        @Test func `a rate that is set is taken by workers at work, and given back`() async throws {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let none = try await lab.trawl("limit", "show", "--redis", url)
                #expect(none.end == .exited(0) && none.output == "no limiters\n", "\(none.error)")
                let early = try await lab.trawl("limit", "set", "10/1s", "--redis", url)
                #expect(early.end == .exited(64) && early.error.contains("nothing to set"), "\(early.error)")
                try await lab.plan(on: url)
                // So slow that nothing would come of it.
                let worker = try await lab.start(
                    ["worker", "--redis", url, "--rate", "2/2s", "--slots", "2", "--until-idle"])
                try await lab.requests(2)
                let slow = try await lab.trawl("limit", "show", "--redis", url)
                let cells = try #require(slow.output.split(separator: "\n").last).split(separator: " ").map(String.init)
                #expect(cells[1...2] == ["30.0", "-"] && cells[3] == "full", "\(slow.output)")
                let name = cells[0]

                let set = try await lab.trawl("limit", "set", "2000/1s", "--redis", url)
                #expect(set.end == .exited(0) && set.output.contains("all workers take 2000/1s"), "\(set.error)")
                let result = try await worker.result(within: .seconds(30))
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(try await lab.trawl("merge", "out").end == .exited(0))
                try lab.expectTruth()

                let json = try await lab.trawl("limit", "show", "--json", "--name", name, "--redis", url)
                for part in [#""set":"2000/1s""#, #""throttled":0"#, #""name":"\#(name)""#] {
                    #expect(json.output.contains(part), "\(json.output)")
                }
                let back = try await lab.trawl("limit", "set", "default", "--redis", url)
                #expect(back.output.contains("its own rate again"), "\(back.error)")
                let shown = try await lab.trawl("limit", "show", "--json", "--redis", url)
                #expect(shown.output.contains(#""set":null"#), "\(shown.output)")

                let other = try await lab.trawl("limit", "set", "1/1s", "--name", "other", "--redis", url)
                #expect(other.end == .exited(64) && other.error.contains("no limiter 'other'"), "\(other.error)")
                let client = RedisClient(url: redis.url)
                try await client.command("HSET", Keys.limiter("other"), "reserved", 1)
                client.close()
                let two = try await lab.trawl("limit", "set", "1/1s", "--redis", url)
                #expect(two.end == .exited(64) && two.error.contains("name one of"), "\(two.error)")
                await redis.stop()
            }
        }

        @Test(arguments: [
            (["limit"], "say 'show'"), (["limit", "raise"], "say 'show'"), (["limit", "show"], "--redis is missing"),
            (["limit", "show", "5/1s"], "takes no rate"), (["limit", "set"], "needs a rate"),
            (["limit", "set", "fast"], "expected a rate"), (["limit", "set", "0/1s"], "expected a rate"),
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
