import Glibc
import Redis
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// Runs as a terminal shows them.
    @Suite struct TerminalTests {
        /// Some ten seconds of work.
        private static func words(_ lab: Lab) -> [String] { lab.run(shard: "1h", workers: 1, "--slots", "1") }

        private static func slow(_ body: (Lab) async throws -> Void) async throws {
            try await Lab.with(latency: .milliseconds(100), body)
        }

        private static func isScreen(_ lines: [String]) -> Bool {
            lines.contains { $0.hasPrefix("running · 2024") } && lines.contains { $0.contains("░░") }
                && lines.contains { $0.contains("of 48 shards (") }
        }

        @Test func `a run is a screen that keeps its place, and leaves nothing behind but the log and the result`()
            async throws
        {
            try await Self.slow { lab in
                try await TmuxTerminal.with(lab, Self.words(lab)) { terminal in
                    let first = try await terminal.eventually("it shows the run") {
                        Self.isScreen($0) && $0.contains { $0.hasPrefix("worker-1") }
                    }
                    #expect(first[0].hasPrefix("run 2024"), "\(first)")
                    #expect(first.contains { $0.hasPrefix("2024-01-01") && $0.hasSuffix("2024-01-03") }, "\(first)")
                    #expect(try await !terminal.showsCursor)
                    #expect(try await terminal.screen(withColours: true).contains { $0.contains("\u{1B}[32m") })
                    try await terminal.resize(columns: 120, rows: 35)
                    try await terminal.eventually("it is as wide as the terminal") { lines in
                        Self.isScreen(lines) && lines.count { $0.hasPrefix("running · ") } == 1
                            && lines.contains {
                                $0.hasPrefix("2024-01-01") && $0.hasSuffix("2024-01-03") && $0.count == 119
                            }
                    }
                    #expect(try await terminal.end() == 0)
                    let last = try await terminal.screen(withHistory: true)
                    #expect(last.contains { $0.hasPrefix("complete and verified: 3,000 conversations") }, "\(last)")
                    for part in ["█", "░", "running · ", "of 48 shards ("] {
                        #expect(!last.contains { $0.contains(part) }, "\(part): \(last)")
                    }
                    #expect(try await terminal.showsCursor)
                }
            }
        }

        @Test func `Ctrl-C ends a run with its screen gone, and neither colour nor Unicode where they are not wanted`()
            async throws
        {
            try await Self.slow { lab in
                let plain = ["NO_COLOR": "1", "LC_ALL": "C", "LANG": "C"]
                try await TmuxTerminal.with(lab, Self.words(lab), environment: plain) { terminal in
                    try await terminal.eventually("it shows the run") { lines in
                        lines.contains { $0.hasPrefix("running - 2024") } && lines.contains { $0.contains("=..") }
                    }
                    #expect(try await terminal.screen(withColours: true).allSatisfy { !$0.contains("\u{1B}[3") })
                    try await terminal.type("C-c")
                    #expect(try await terminal.end() == 130)
                    let last = try await terminal.screen(withHistory: true)
                    #expect(last.contains { $0.contains("run the same command again to go on") }, "\(last)")
                    #expect(!last.contains { $0.hasPrefix("running - ") || $0.contains("=..") }, "\(last)")
                    #expect(try await terminal.showsCursor)
                }
            }
        }

        @Test func `a terminal that can do nothing, and one that is to be quiet, get no screen`() async throws {
            for (more, environment) in [([], ["TERM": "dumb"]), (["--quiet"], [:])] {
                try await Self.slow { lab in
                    try await TmuxTerminal.with(lab, Self.words(lab) + more, environment: environment) { terminal in
                        try await lab.requests(30)
                        #expect(try await terminal.screen().count <= 1)
                        #expect(try await terminal.showsCursor)
                        #expect(try await terminal.end() == 0)
                        let last = try await terminal.screen(withHistory: true)
                        #expect(last.contains { $0.hasPrefix("complete and verified") }, "\(last)")
                        #expect(!last.contains { $0.contains("░") || $0.contains(" shards (") }, "\(last)")
                    }
                }
            }
        }

        @Test func `another terminal watches a run, leaves it, comes back and ends with it`() async throws {
            try await Self.slow { lab in
                let run = try await lab.start(Self.words(lab))
                try await eventually("it runs", within: .seconds(60)) { lab.exists("out/.redis/redis.sock") }
                for (key, code) in [("q", Int32(0)), ("C-c", 130)] {
                    try await TmuxTerminal.with(lab, ["status", "out", "--watch"]) { terminal in
                        try await terminal.eventually("it shows the run") {
                            Self.isScreen($0) && $0.contains { $0.hasPrefix("q or Ctrl-C leaves") }
                        }
                        try await terminal.type(key)
                        #expect(try await terminal.end() == code)
                        #expect(try await terminal.screen(withHistory: true).allSatisfy { !$0.contains("░") })
                        #expect(try await terminal.showsCursor)
                    }
                }
                #expect(await !run.hasEnded)
                try await TmuxTerminal.with(lab, ["status", "out", "--watch", "1"]) { terminal in
                    #expect(try await terminal.end() == 0)
                    let last = try await terminal.screen()
                    #expect(
                        last[0].hasPrefix("run 2024") && last.contains { $0.contains("48 done, 0 owed") }, "\(last)")
                }
                #expect(try await run.result().end == .exited(0))
            }
        }

        @Test func `off a terminal a watch prints lines, also of workers on a shared Redis, and ends with the status`()
            async throws
        {
            try await Self.slow { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                try await lab.plan(on: url)
                let watch = try await lab.start(["status", "out", "--watch=1", "--redis", url])
                try await eventually("it says that nobody works") {
                    await watch.outputText.contains("nobody is at work")
                }
                let worker = try await lab.start([
                    "worker", "--redis", url, "--until-idle", "--slots", "2", "--rate", "none",
                ])
                let result = try await watch.result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(
                    result.output.contains("of 48 shards (") && result.output.contains("/s, no quota"),
                    "\(result.output)")
                #expect(result.output.contains("48 done, 0 owed"), "\(result.output)")
                #expect(!result.output.contains("\u{1B}"))
                #expect(try await worker.result().end == .exited(0))
                // Nobody works on it, and there is nothing more to be seen.
                let late = try await lab.trawl("status", "out", "--watch", "--json")
                #expect(late.end == .exited(0), "\(late.error)")
                await redis.stop()
            }
        }

        @Test(arguments: [
            (["status", "out", "--watch=0"], "--watch"), (["status", "out", "--watch=often"], "--watch"),
            (["logs"], "name the run's directory"), (["logs", "out", "--run", "x"], "not both"),
            (["logs", "--run", "x"], "--redis is missing"), (["logs", "nowhere"], "no such directory"),
            (["logs", "out", "--since", "long"], "--since"), (["logs", "out", "--shard", "x"], "--shard"),
        ])
        func `a mistake is one line, and exit 64`(words: [String], part: String) async throws {
            try await Lab.with { lab in
                let result = try await lab.start(words).result()
                #expect(result.end == .exited(64) && result.output.isEmpty, "\(result.error)")
                #expect(result.errorLines.count == 1 && result.error.contains(part), "\(result.error)")
            }
        }
    }
}
