import FoundationEssentials
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// Bytes that careless readers trip over, from the API to the merged file. docs/testing.md lists them.
    @Suite struct BytesTests {
        /// A record by what is special about it; its bytes have to come out as they are here.
        private static let hostile = [
            #"{"conversationId":"a","conversationStart":"2024-01-01T08:00:00.000Z","x":{"conversationId":"deep"},"y":[{"conversationId":"deeper"}]}"#,
            #"{"participants":[{"sessions":[]}],"conversationStart":"2024-01-01T08:00:00.001Z","conversationEnd":"2024-01-01T09:00:00.000Z","conversationId":"reversed"}"#,
            #"{"conversationId":"b","conversationStart":"2024-01-01T08:00:00.002Z","twice":1,"twice":{"twice":2,"twice":3},"twice":1}"#,
            "{\"conversationId\":\"c\",\"conversationStart\":\"2024-01-01T08:00:00.003Z\",\"x\":\"\u{2028}\u{2029}\u{FEFF}\",\"y\":\"\\u2028\\u2029\"}",
            #"{"conversationId":"d","conversationStart":"2024-01-01T08:00:00.004Z","x":"\ud800","y":"\udfff\ud800","z":"\ud83d\u0041","\ud800":0}"#,
            #"{"conversationId":"e","conversationStart":"2024-01-01T08:00:00.005Z","x":"\u0000","\u0000":"a\u0000b"}"#,
            #"{"conversationId":"f","conversationStart":"2024-01-01T08:00:00.006Z","x":[9223372036854775808,-9223372036854775809,18446744073709551616,123456789012345678901234567890]}"#,
            #"{"conversationId":"g","conversationStart":"2024-01-01T08:00:00.007Z","x":[1e400,-1E+400,1e-400,0.1000,1.10,-0.0,-0,100e0]}"#,
            #"{"conversationId":"h","conversationStart":"2024-01-02T08:00:00.000Z","x":"a \" , } ] b","y":"  two  ","z":"\\"}"#,
        ]

        private static func lab(faults: String, _ body: (Lab) async throws -> Void) async throws {
            var options = Lab.small
            options.fixture = Array(hostile.joined(separator: "\n").utf8)
            try await Lab.with(options, faults: faults, body)
        }

        @Test(arguments: ["whitespace", "prettyPrinted", nil])
        func `every byte of a record comes out as it went in, and white space around it does not`(change: String?)
            async throws
        {
            let fault = change.map { #"{"match": {}, "fault": {"kind": "mutate", "change": "\#($0)"}}"# } ?? ""
            try await Self.lab(faults: #"{"rules": [\#(fault)]}"#) { lab in
                try await lab.complete(lab.run("out", shard: "1d", "--page-size", "4", "--compress", "none"))
                let merged = String(decoding: try lab.merged(), as: UTF8.self)
                #expect(
                    merged.split(separator: "\n", omittingEmptySubsequences: false) == Self.hostile.map { $0[...] } + [
                        ""
                    ])
                #expect(change == nil || lab.simulator.statistics.faults > 0)
            }
        }

        @Test func `a record of 5 MB is one line like any other`() async throws {
            var options = Lab.small
            options.largeRecordBytes = 5 << 20
            try await Lab.with(options) { lab in
                try await lab.complete(lab.run())
                try lab.expectTruth()
            }
        }

        @Test func `a page over 64 MB that no page size makes smaller costs its shard, and the run says what to do`()
            async throws
        {
            let rule = #"{"match": {"interval": "2024-01-01T"}, "fault": {"kind": "gzipBomb", "bytes": 70000000}}"#
            try await Lab.with(faults: #"{"rules": [\#(rule)]}"#) { lab in
                let result = try await lab.start(lab.run("out", shard: "1d", workers: 1)).result()
                #expect(result.end == .exited(3), "\(result.error)")
                #expect(result.error.contains("going on with 50 records a page, as a run with --page-size 50 does"))
                #expect(result.error.contains("response body over 67108864 bytes"))
                #expect(result.error.contains("the page has one record and cannot be smaller"))
                #expect(result.error.contains("a smaller --shard"))
                #expect(!lab.exists("out/_SUCCESS"))
                let dead = try lab.files("out/dead")
                #expect(dead.count == 1)
                let marker = String(decoding: try #require(dead.values.first), as: UTF8.self)
                #expect(marker.contains("the page has one record and cannot be smaller"))
            }
        }

        @Test func `gzip bombs are stopped at the limit, in bounded memory, and smaller pages are tried`() async throws
        {
            let rules =
                #"{"match": {"request": [1, 2]}, "fault": {"kind": "gzipBomb", "bytes": 2147483648}},"#
                + #"{"match": {"request": 3}, "fault": {"kind": "delay", "duration": "60s"}}"#
            try await Lab.with(faults: #"{"rules": [\#(rules)]}"#) { lab in
                let words = lab.run("out", shard: "2d", workers: 1, "--slots", "1")
                let process = try await lab.start(words)
                try await lab.requests(3)
                // The worker waits for its third answer: it has met both bombs, and its peak stands.
                let worker = try #require(lab.workers.first)
                let peak = try Self.peakMemory(of: worker.id)
                #expect(peak > 0 && peak < 1 << 30, "\(peak) bytes")
                await process.end()
                try await lab.complete(words)
                try lab.expectTruth()
            }
        }

        private static func peakMemory(of process: Int32) throws -> Int {
            let status = String(decoding: try Data(contentsOf: URL(filePath: "/proc/\(process)/status")), as: UTF8.self)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return (Int(line.filter(\.isNumber)) ?? 0) << 10
        }

        struct Odd: CustomTestStringConvertible, Sendable {
            let change: String
            let reason: String
            let part: String
            var testDescription: String { change }
        }

        /// No record comes with two shards, so that the one record that is changed is the only one of its id.
        private static var disjoint: SimulatorOptions {
            var options = Lab.small
            options.selection = .started
            return options
        }

        @Test(arguments: [
            Odd(change: "withoutID", reason: "no id", part: #""conversationStart":"#),
            Odd(change: "nullID", reason: "id is null", part: #""conversationId":null"#),
            Odd(change: "numericID", reason: "id is not a string", part: #""conversationId":4711"#),
            Odd(change: "emptyID", reason: "id is empty", part: #""conversationId":"""#),
            Odd(change: "withoutStart", reason: "no start", part: #""conversationId":""#),
            Odd(change: "notAnObject", reason: "not an object", part: #""record":"no record"}"#),
        ])
        func `a record that cannot be merged is kept aside with its reason and fails the verdict`(odd: Odd) async throws
        {
            let rule = #"{"match": {"page": 2}, "times": 1, "fault": {"kind": "mutate", "change": "\#(odd.change)"}}"#
            try await Lab.with(Self.disjoint, faults: #"{"rules": [\#(rule)]}"#) { lab in
                let result = try await lab.start(lab.run()).result()
                #expect(result.end == .exited(5), "\(result.error)")
                #expect(result.output.contains("KEPT ASIDE: 1 record without a usable id or start, in rejected.ndjson"))
                #expect(!lab.exists("out/_SUCCESS"))
                let files = try lab.files("out")
                let kept = String(decoding: try #require(files["rejected.ndjson"]), as: UTF8.self)
                #expect(kept.hasPrefix(#"{"reason":"\#(odd.reason)","shard":""#) && kept.contains(odd.part), "\(kept)")
                #expect(kept.last == "\n" && kept.count { $0 == "\n" } == 1)
                // All others are there.
                let lines = Self.lines(try lab.merged())
                let truth = Self.lines(lab.truth())
                #expect(lines.count == truth.count - 1 && Set(lines).isSubset(of: truth))
            }
        }

        @Test func `of two ids at a record's top level the last counts, and the manifest counts the record`()
            async throws
        {
            let rule = #"{"match": {"page": 2}, "times": 1, "fault": {"kind": "mutate", "change": "twoIDs"}}"#
            try await Lab.with(Self.disjoint, faults: #"{"rules": [\#(rule)]}"#) { lab in
                try await lab.complete(lab.run())
                let (lines, truth) = (Self.lines(try lab.merged()), Self.lines(lab.truth()))
                let added = Set(lines).subtracting(truth)
                let line = String(decoding: try #require(added.first), as: UTF8.self)
                #expect(added.count == 1 && lines.count == truth.count)
                #expect(
                    line.hasSuffix(#","conversationId":"another"}"#)
                        && line.split(separator: "\"conversationId\"").count == 3)
                #expect(try lab.totals()["repeatedID"]?.integer == 1)
            }
        }

        @Test func `a page with one id twice is walked again, and the second record is in duplicates.ndjson`()
            async throws
        {
            let rule = #"{"match": {"page": 2}, "times": 1, "fault": {"kind": "mutate", "change": "duplicateID"}}"#
            try await Lab.with(Self.disjoint, faults: #"{"rules": [\#(rule)]}"#) { lab in
                try await lab.complete(lab.run())
                #expect(try lab.totals()["records"]?.integer == 3000)
                let duplicates = String(decoding: try #require(lab.files("out")["duplicates.ndjson"]), as: UTF8.self)
                #expect(duplicates.contains(#""reason":"re-walk""#), "\(duplicates.prefix(300))")
                try lab.expectTruth()
            }
        }

        @Test func `a page that always has one id twice leaves the run unproven`() async throws {
            let rule =
                #"{"match": {"page": 2, "interval": "2024-01-01T12"}, "fault": {"kind": "mutate", "change": "duplicateID"}}"#
            try await Lab.with(Self.disjoint, faults: #"{"rules": [\#(rule)]}"#) { lab in
                let result = try await lab.start(lab.run()).result()
                #expect(result.end == .exited(5), "\(result.error)")
                #expect(result.output.contains("NOT PROVEN: 20240101T120000Z-20240101T180000Z: short"))
                let duplicates = String(decoding: try #require(lab.files("out")["duplicates.ndjson"]), as: UTF8.self)
                #expect(duplicates.contains(#""reason":"drift""#), "\(duplicates.prefix(300))")
                #expect(!lab.exists("out/_SUCCESS"))
            }
        }

        private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(separator: 0x0A) }
    }
}

extension Lab {
    /// The totals of the manifest.
    fileprivate nonisolated func totals(_ out: String = "out") throws -> JSONValue {
        let manifest = try JSONDecoder().decode(JSONValue.self, from: Data(try #require(files(out)["manifest.json"])))
        return try #require(manifest["totals"])
    }
}
