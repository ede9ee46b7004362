import FoundationEssentials
import Glibc
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// `trawl export`: the result as a table that other programs read.
    @Suite struct ExportTests {
        /// Reads tables with Python's own csv module, and derives every cell anew from the merged records.
        private static let check = #"""
            import csv, glob, json, subprocess, sys
            from datetime import datetime
            csv.field_size_limit(1 << 30)
            files = sorted(glob.glob("out/merged/*/*"))
            text = subprocess.run(["zstd", "-dcq"] + files, capture_output=True, check=True).stdout.decode()
            # Numbers stay the text they are.
            records = [json.loads(line, parse_float=str, parse_int=str) for line in text.split("\n")[:-1]]

            def last(values):
                values = [value for value in values if value]
                return values[-1] if values else ""

            def standard(record):
                people = record.get("participants", [])
                segments = [s for p in people for e in p.get("sessions", []) for s in e.get("segments", [])]
                media = [(p["purpose"] in ("customer", "external"), e["mediaType"])
                         for p in people for e in p.get("sessions", []) if "mediaType" in e]
                media.sort(key=lambda item: not item[0])
                start, end = record["conversationStart"], record.get("conversationEnd", "")
                instants = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (start, end) if text]
                duration = "%.3f" % (instants[1] - instants[0]).total_seconds() if end else ""
                agents = [p for p in people if p["purpose"] == "agent"] or [p for p in people if p["purpose"] == "user"]
                return [record["conversationId"], media[0][1] if media else "", start, end, duration,
                        last(p.get("participantName") for p in people if p["purpose"] == "acd")
                        or last(s.get("queueId") for s in segments),
                        last(p.get("participantName") or p.get("userId") for p in agents),
                        last(s.get("wrapUpCode") for s in segments)]

            def chosen(record):
                people = record.get("participants", [])
                compact = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                media = [e["mediaType"] for p in people for e in p.get("sessions", []) if "mediaType" in e]
                return [record["conversationId"], record.get("mediaStatsMinConversationMos", ""),
                        people[0]["purpose"] if people else "", people[-1].get("userId", "") if people else "",
                        compact(record["divisionIds"]) if "divisionIds" in record else "", compact(media) if media else ""]

            for name, header, row in (
                ("standard.csv", "conversationId,channel,startTime,endTime,duration,queueName,agentName,disposition", standard),
                ("chosen.csv", "conversationId,mos,first,last,divisionIds,media", chosen),
            ):
                raw = open(name, "rb").read()
                assert b"\r\n" not in raw and raw.endswith(b"\n"), name
                table = list(csv.reader(open(name, newline="", encoding="utf-8"), strict=True))
                assert table[0] == header.split(","), table[0]
                assert len(table) == len(records) + 1, (name, len(table))
                for found, record in zip(table[1:], records):
                    assert found == row(record), (name, found, row(record))
                filled = [sum(1 for line in table[1:] if line[c]) for c in range(len(table[0]))]
                assert all(filled), (name, filled)
            print(len(records), "rows")
            """#

        @Test func `another program reads in the table what the records say`() async throws {
            var options = Lab.small
            options.recordSize = .typical
            options.conversations = 600
            try await Lab.with(options) { lab in
                try await lab.complete(lab.run())
                let standard = try await lab.start(after: "exec > standard.csv", ["export", "out", "--csv"]).result()
                #expect(standard.end == .exited(0), "\(standard.error)")
                #expect(standard.error == "exported 600 conversations in 8 columns\n")
                let chosen = try await lab.trawl(
                    "export", "out", "--csv", "--out", "chosen.csv", "--quiet", "--columns",
                    "conversationId,mos=mediaStatsMinConversationMos,first=participants.0.purpose,"
                        + "last=participants.-1.userId,divisionIds,media=participants.*.sessions.*.mediaType")
                #expect(chosen.end == .exited(0), "\(chosen.error)")
                #expect(chosen.error.isEmpty && chosen.output.isEmpty)
                try lab.write(Self.check, to: "check.py")
                let check = try await lab.start(after: "exec python3 check.py", []).result()
                #expect(check.end == .exited(0), "\(check.error)")
                #expect(check.output == "600 rows\n")
            }
        }

        @Test func `a result that does not stand is refused, and exported as it is on demand`() async throws {
            var options = Lab.small
            options.conversations = 300
            try await Lab.with(options) { lab in
                let planned = try await lab.start(lab.run() + ["--max-requests", "2"]).result()
                #expect(planned.end == .exited(6), "\(planned.error)")
                for words in [["--csv"], ["--csv", "--allow-gaps"]] {
                    let none = try await lab.start(["export", "out"] + words).result()
                    #expect(none.end == .exited(3) && none.output.isEmpty)
                    #expect(none.errorLines.count == 1 && none.error.contains("is not merged"), "\(none.error)")
                }
                let gaps = try await lab.trawl("merge", "out", "--allow-gaps")
                #expect(gaps.end == .exited(3))
                let refused = try await lab.trawl("export", "out", "--csv", "--out", "table.csv")
                #expect(refused.end == .exited(3) && refused.output.isEmpty && !lab.exists("table.csv"))
                #expect(
                    refused.errorLines.count == 1 && refused.error.contains("is labelled 'gaps'"), "\(refused.error)")
                let forced = try await lab.trawl("export", "out", "--csv", "--allow-gaps", "--out", "table.csv")
                #expect(forced.end == .exited(0), "\(forced.error)")
                #expect(forced.error.hasPrefix("warning: the result in "))

                try await lab.complete(lab.run())
                #expect(unlink(lab.path("out/_SUCCESS")) == 0)
                let bare = try await lab.trawl("export", "out", "--csv")
                #expect(bare.end == .exited(3) && bare.output.isEmpty)
                #expect(bare.errorLines.count == 1 && bare.error.contains("does not stand"), "\(bare.error)")
                try await lab.complete(lab.run())
                #expect(try await lab.trawl("export", "out", "--csv").output.split(separator: "\n").count >= 301)
            }
        }

        /// All files but those that hold what the programs printed.
        private static func sizes(_ lab: Lab) throws -> [String: Int] {
            try lab.files(".").filter { !$0.key.hasPrefix("std") }.mapValues(\.count)
        }

        /// What lies in the lab's directory but for what the programs printed.
        private static func names(_ lab: Lab) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: lab.scratch).filter { !$0.hasPrefix("std") }.sorted()
        }

        @Test func `a signal ends an export, whether it waits for a pipe or writes a file`() async throws {
            var options = Lab.small
            options.conversations = 3000
            try await Lab.with(options) { lab in
                try await lab.complete(lab.run())
                #expect(mkfifo(lab.path("pipe"), 0o600) == 0)
                let reader = open(lab.path("pipe"), O_RDONLY | O_NONBLOCK)
                defer { close(reader) }
                let waiting = try await lab.start(["export", "out", "--csv", "--out", "pipe"])
                // The table is longer than what a pipe holds, and no more is read of it.
                try await eventually("the table begins") {
                    var byte: UInt8 = 0
                    return read(reader, &byte, 1) == 1
                }
                await waiting.send(SIGTERM)
                #expect(try await waiting.result().end == .exited(143))
                let before = try Self.names(lab)
                let writing = try await lab.start(["export", "out", "--csv", "--out", "table.csv"])
                try await eventually("the new file is there") {
                    try Self.names(lab).contains { $0.hasPrefix(".trawl-tmp.") } || lab.exists("table.csv")
                }
                await writing.send(SIGTERM)
                let end = try await writing.result().end
                // Too late for a file that was whole already.
                let isWhole = end == .exited(0)
                #expect(isWhole || end == .exited(143))
                #expect(try Self.names(lab) == (isWhole ? before + ["table.csv"] : before).sorted())
            }
        }

        @Test func `mistakes are one line and 64, and create nothing`() async throws {
            var options = Lab.small
            options.conversations = 50
            try await Lab.with(options) { lab in
                try await lab.complete(lab.run())
                for words in [
                    [], ["--csv", "--colums", "a"], ["--csv", "--columns", "a..b"], ["--csv", "--columns", ""],
                    ["--csv", "--out", "."], ["--csv", "--out", "out/manifest.json"],
                    ["--csv", "--out", "out/merged/x.csv"],
                    ["--csv", "--out", ""], ["--csv=yes"],
                ] {
                    let before = try Self.sizes(lab)
                    let result = try await lab.start(["export", "out"] + words).result()
                    #expect(result.end == .exited(64), "\(words): \(result.error)")
                    #expect(result.errorLines.count == 1 && result.output.isEmpty, "\(words): \(result.error)")
                    #expect(try Self.sizes(lab) == before)
                }
                // Whoever reads no further ends the export, without a word.
                let ended =
                    #"(until [ -e closed ]; do sleep 0.01; done; "$0" export out --csv; echo $? >code) | "#
                    + "(exec <&-; : >closed); cat code"
                let head = try await lab.start(after: ended, ["--version"]).result()
                #expect(head.error.isEmpty && head.output.hasPrefix("141\n"), "\(head.output) \(head.error)")
            }
        }
    }
}
