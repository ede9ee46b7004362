import Glibc
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// The ends that are not a success: the code, one line, and nothing left behind.
    @Suite struct ErrorTests {
        private static func expect(
            _ result: TestProcess.Result, _ code: Int32, _ part: String, of command: String = "run",
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(result.end == .exited(code), "\(result.error)", sourceLocation: sourceLocation)
            #expect(result.output.isEmpty, sourceLocation: sourceLocation)
            let reasons = result.errorLines.filter { $0.hasPrefix("trawl \(command): ") }
            #expect(reasons.count == 1, "\(result.error)", sourceLocation: sourceLocation)
            #expect(result.errorLines.last == reasons.last, sourceLocation: sourceLocation)
            #expect(reasons.last?.contains(part) == true, "\(result.error)", sourceLocation: sourceLocation)
        }

        /// Tried out: root in a container may not.
        private static let mayMount: Bool = {
            var template = Array("/tmp/trawl-mount-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { return false }
            defer { rmdir(template) }
            guard mount("none", template, "tmpfs", 0, "size=64k") == 0 else { return false }
            return umount2(template, 0) == 0
        }()

        @Test(arguments: [(["profiles", "list"], Int32(3)), (["status", "nowhere"], Int32(64))])
        func `a result that cannot be written is told, and is no success`(words: [String], code: Int32) async throws {
            try await Lab.with { lab in
                let result = try await lab.start(after: "exec >/dev/full", words).result()
                #expect(result.end == .exited(code), "\(result.error)")
                #expect(result.errorLines.count == 1)
                #expect(result.error.contains("cannot write to standard output: No space left") == (code == 3))
            }
        }

        @Test func `an address that is given goes before a region of the environment, for the login too`() async throws
        {
            try await Lab.with { lab in
                let result = try await lab.start(lab.run(), environment: ["GENESYSCLOUD_REGION": "eu-central-1"])
                    .result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
            }
        }

        @Test(arguments: [
            (["--frm", "2024-01-01"], "--frm"), (["--from", "2024-13-01"], "--from"), (["--to", "yesterday"], "--to"),
            (["--from", "2024-01-03"], "--from"), (["--from", "2024-02-01"], "--from"),
            (["--shard", "0h"], "--shard"), (["--workers", "0"], "--workers"), (["--rate", "fast"], "--rate"),
            (["--timezone", "Europe/Atlantis"], "--timezone"), (["--compress", "gzip"], "--compress"),
            (["--page-size", "101"], "--page-size"), (["--endpoint", "nothing"], "--endpoint"),
            (["--deadline", "soon"], "--deadline"), (["--deadline", "2020-01-01T00:00:00Z"], "lies in the past"),
            (["--redis", "mysql://x"], "--redis"), (["extra"], "extra"),
            (["--filter-file", "missing.json"], "missing.json"), (["--api-url", "ftp://x"], "--api-url"),
            (["--shard", "1ms"], "more than 1,000,000"), (["--out", ""], "--out"),
        ])
        func `a mistake in the command is one line, and nothing is created`(words: [String], part: String) async throws
        {
            try await Lab.with { lab in
                var command = lab.run()
                if let place = command.firstIndex(of: words[0]) { command.removeSubrange(place...(place + 1)) }
                let result = try await lab.start(command + words).result()
                Self.expect(result, 64, part)
                #expect(!result.error.contains("given twice"))
                #expect(result.errorLines.count == 1)
                #expect(!lab.exists("out"))
                #expect(lab.simulator.statistics.requests.isEmpty)
            }
        }

        @Test func `a wrong secret is an end with code 4, and nothing is created`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(
                    lab.run(), environment: ["GENESYSCLOUD_OAUTHCLIENT_SECRET": "wrong-one"]
                ).result()
                Self.expect(result, 4, "401")
                #expect(!result.error.contains("wrong-one"))
                #expect(result.errorLines.count == 1)
                #expect(!lab.exists("out"))
            }
        }

        @Test func `a permission that goes during the run is an end with code 4, and the rest is kept`() async throws {
            let faults = #"{"rules": [{"match": {"from": 10}, "fault": {"kind": "status", "status": 403}}]}"#
            try await Lab.with(faults: faults) { lab in
                let result = try await lab.start(lab.run(shard: "1h", workers: 2, "--slots", "1")).result()
                Self.expect(result, 4, "403")
                #expect(try !lab.files("out/out").isEmpty)
                // Nobody goes on asking.
                #expect(lab.simulator.statistics.apiRequests <= 12)
                #expect(lab.strays.isEmpty)
            }
        }

        @Test func `without a redis-server the run says what to install`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(lab.run(), environment: ["PATH": lab.scratch]).result()
                Self.expect(result, 3, "redis-server is not installed")
                #expect(result.errorLines.count == 1)
            }
        }

        @Test(arguments: ["run", "plan", "worker"])
        func `a Redis that is not there is named`(command: String) async throws {
            try await Lab.with { lab in
                let words =
                    switch command {
                    case "run": lab.run() + ["--redis", "redis://127.0.0.1:1"]
                    case "plan":
                        [
                            "plan", "--from", "2024-01-01", "--to", "2024-01-02", "--out", "out", "--api-url", lab.url,
                            "--redis", "redis://127.0.0.1:1",
                        ]
                    default: ["worker", "--redis", "redis://127.0.0.1:1"]
                    }
                let result = try await lab.start(words).result()
                Self.expect(result, 3, "127.0.0.1:1", of: command)
                #expect(result.errorLines.count == 1)
            }
        }

        @Test func `a directory with something else in it is refused and left alone`() async throws {
            try await Lab.with { lab in
                mkdir(lab.path("out"), 0o700)
                try lab.write("mine", to: "out/letter.txt")
                let result = try await lab.start(lab.run()).result()
                Self.expect(result, 64, "letter.txt")
                #expect(try lab.files("out") == ["letter.txt": Array("mine".utf8)])
            }
        }

        @Test func `a directory of another run is refused with the difference`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                let result = try await lab.start(lab.run(shard: "1h")).result()
                Self.expect(result, 64, "--shard is 6h there and 1h here")
                #expect(result.errorLines.count == 1)
                try lab.expectTruth()
            }
        }

        @Test func `a second run on a directory in use is refused, and the first goes on`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let first = try await lab.start(lab.run(shard: "1h"))
                try await lab.requests(10)
                let second = try await lab.start(lab.run(shard: "1h")).result()
                Self.expect(second, 64, "(pid \(first.id)) is using this directory")
                #expect(second.errorLines.count == 1)
                let result = try await first.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
            }
        }

        @Test func `a damaged part is found and named by verify and by merge`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
                let name = try #require(
                    try lab.files("out/parts").filter { $0.key.hasSuffix(".zst") }.max {
                        $0.value.count < $1.value.count
                    }
                ).key
                let file = open(lab.path("out/parts/\(name)"), O_WRONLY)
                #expect(pwrite(file, "damage", 6, 1000) == 6)
                close(file)
                let verified = try await lab.trawl("verify", "out")
                #expect(verified.end == .exited(5))
                #expect((verified.output + verified.error).contains(name))
                let merged = try await lab.trawl("merge", "out")
                Self.expect(merged, 5, name, of: "merge")
                // The advice is good: without its outcome the shard is fetched again, and that only.
                let shard = name.prefix { $0 != "." }
                #expect(unlink(lab.path("out/out/\(shard).json")) == 0)
                unlink(lab.path("out/_SUCCESS"))
                lab.simulator.resetStatistics()
                try await lab.complete(lab.run())
                #expect(Set(lab.simulator.statistics.pages.keys.map(\.interval)).count == 1)
                try lab.expectTruth()
                #expect(try await lab.trawl("verify", "out").end == .exited(0))
            }
        }

        /// In units of 512 bytes: less than a part of the busy hours needs; enough for all parts of an hour, and less
        /// than a day of the result. Under the thread sanitizer the first case fails: its runtime needs larger files.
        @Test(arguments: [("6h", 800), ("1h", 1200)])
        func `a file that may not grow ends the run with code 3, and with space it goes on`(shard: String, limit: Int)
            async throws
        {
            try await Lab.with { lab in
                let words = lab.run("out", shard: shard, workers: 2, "--compress", "none")
                let result = try await lab.start(after: "ulimit -f \(limit)", words).result()
                Self.expect(result, 3, "free some space and run the same command again")
                #expect(!lab.exists("out/_SUCCESS"))
                lab.simulator.resetStatistics()
                try await lab.complete(words)
                #expect(shard == "6h" || lab.simulator.statistics.apiRequests == 0)
                try lab.expectTruth()
            }
        }

        @Test(.enabled(if: mayMount, "only root may mount a disk of a given size"))
        func `a full disk ends the run with code 3, and with space it goes on`() async throws {
            try await Lab.with { lab in
                mkdir(lab.path("disk"), 0o700)
                try #require(mount("none", lab.path("disk"), "tmpfs", 0, "size=1200k") == 0)
                defer { umount2(lab.path("disk"), Int32(MNT_DETACH)) }
                let words = lab.run("disk/out", "--compress", "none")
                let result = try await lab.start(words).result()
                Self.expect(result, 3, "free some space and run the same command again")
                #expect(!lab.exists("disk/out/_SUCCESS"))
                #expect(mount("none", lab.path("disk"), "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0)
                try await lab.complete(words)
                try lab.expectTruth("disk/out")
            }
        }

        @Test func `what is said without a standard error does not end up in the store`() async throws {
            try await Lab.with { lab in
                try await lab.complete(lab.run())
                let merge = try await lab.start(after: "exec 0<&- 1>&- 2>&-", ["merge", "out"])
                #expect(try await merge.result().end == .exited(0))
                for name in [".lock", ".merge-lock"] {
                    let text = String(decoding: try #require(try lab.files("out")[name]), as: UTF8.self)
                    #expect(text == "\(merge.id)\n")
                }
                try lab.expectTruth()
            }
        }

        @Test func `a budget of requests is not exceeded, and the same command without it goes on`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(lab.run("out", shard: "1h", workers: 4, "--max-requests", "30"))
                    .result()
                Self.expect(result, 6, "30")
                #expect(lab.simulator.statistics.apiRequests <= 30)
                #expect(lab.simulator.statistics.apiRequests >= 20)
                // The budget is the run's, not the command's.
                let spent = lab.simulator.statistics.apiRequests
                let again = try await lab.start(lab.run("out", shard: "1h", workers: 4, "--max-requests", "30"))
                    .result()
                Self.expect(again, 6, "30")
                #expect(lab.simulator.statistics.apiRequests <= 30, "\(spent) of them before")
                try await lab.complete(lab.run("out", shard: "1h"))
                try lab.expectTruth()
            }
        }

        @Test func `a deadline ends the run with code 6, and the same command goes on`() async throws {
            try await Lab.with(latency: .milliseconds(100)) { lab in
                let words = lab.run(shard: "1h", workers: 2, "--slots", "1")
                let result = try await lab.start(words + ["--deadline", "1s"]).result()
                Self.expect(result, 6, "the deadline has come")
                #expect(lab.strays.isEmpty)
                try await lab.complete(lab.run(shard: "1h", workers: 4))
                try lab.expectTruth()
            }
        }

        @Test func `an API that is not there at the start ends the run at once`() async throws {
            try await Lab.with { lab in
                lab.simulator.stop()
                let result = try await lab.start(lab.run()).result(within: .seconds(20))
                Self.expect(result, 3, "cannot log in")
                #expect(!lab.exists("out"))
            }
        }

        @Test func `an API that goes away for good is given up after the time that was said`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let run = try await lab.start(
                    lab.run(shard: "1h", workers: 2, "--slots", "1", "--give-up-after", "2s"))
                try await lab.requests(10)
                lab.simulator.stop()
                let result = try await run.result(within: .seconds(30))
                Self.expect(result, 3, "the API could not be reached")
                #expect(lab.strays.isEmpty)
                #expect(try !lab.files("out/out").isEmpty)
            }
        }
    }
}
