import FoundationEssentials
import Testing
import TrawlCore

@testable import TrawlStore

/// What verify says of the order of a result whose hashes are right.
struct ResultOrderTests {
    private static let start = ms("2024-01-01T10:00:00Z")

    private static func line(_ id: String, _ offset: Int64, more: String = "") -> String {
        "{\(more)\"conversationId\":\"\(id)\",\"conversationStart\":\"\(Instant(milliseconds: start + offset))\"}\n"
    }

    /// A verified store whose only merged file now has `text`, vouched for by manifest and `_SUCCESS`.
    private static func report(_ text: String, lines: Int) throws -> VerifyReport {
        let run = try TestRun()
        let records = (0..<lines).map { TestRecord(id: "id-\($0)", start: start + Int64($0), end: nil) }
        try run.fetch(run.store.plan.roots[0], [TestPage(records: records, fetched: 1)])
        var manifest = try run.merge()
        #expect(verify(run).verdict == .verified)
        let path = "\(run.root)/\(manifest.parts[0].path)"
        Disk.write(path, Array(text.utf8))
        manifest.parts[0].bytes = text.utf8.count
        manifest.parts[0].sha256 = sha256(of: text)
        let encoded = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self)
        Disk.write("\(run.root)/manifest.json", Array(encoded.utf8))
        Disk.write("\(run.root)/_SUCCESS", Array((sha256(of: encoded) + "\n").utf8))
        return verify(run)
    }

    @Test func `a result in order is accepted, whatever else its lines hold`() throws {
        let nested = #""a":{"conversationId":"x","b":["}",{"c":"\\\"\\\\"}]},"n":-1.5e3,"t":null,"conversationId":"y","#
        let text =
            Self.line("a", 0) + Self.line("b", 0, more: nested) + Self.line(#"\u0063"#, 0) + Self.line("a2", 1)
        let report = try Self.report(text, lines: 4)
        #expect(report.verdict == .verified, "\(report.findings)")
        #expect(report.records == 4 && report.distinct == 4)
    }

    @Test(arguments: [
        ([("a", 1), ("b", 0)], "line 2 comes before the line in front of it", 2),
        ([("b", 0), ("a", 0)], "line 2 comes before the line in front of it", 2),
        ([("a", 0), (#"\u0061"#, 0)], "line 2 has the id of the line before", 1),
        ([("a", -3_600_000 * 24), ("b", 0)], "line 1 starts outside the run's interval", 2),
        ([("a", 0), ("b", 3_600_000 * 24)], "line 2 starts on 2024-01-02", 2),
    ])
    func `a result out of order is found`(lines: [(String, Int)], what: String, distinct: Int) throws {
        let report = try Self.report(lines.map { Self.line($0.0, Int64($0.1)) }.joined(), lines: lines.count)
        #expect(report.verdict == .damaged)
        let found = report.findings.map(\.what)
        #expect(found.contains(what), "\(found)")
        #expect(report.findings.allSatisfy { $0.remedy == .merge })
        #expect(report.distinct == distinct)
    }

    @Test func `an id that stands twice with different starts is found`() throws {
        let report = try Self.report(Self.line("a", 0) + Self.line("b", 1) + Self.line("a", 2), lines: 3)
        #expect(report.findings.map(\.what) == ["1 id stands in it more than once"])
    }

    @Test(arguments: [
        "", "{}", "[]", "{\"conversationId\":\"a\"", #"{"conversationId":"a","conversationStart":17}"#, "{\"",
        #"{"conversationId":"a","conversationStart":"soon"}"#,
        #"{"conversationId":7,"conversationStart":"2024-01-01T00:00:00Z"}"#,
    ])
    func `a line without readable keys is found`(line: String) throws {
        let report = try Self.report(Self.line("a", 0) + line + "\n", lines: 2)
        #expect(report.findings.map(\.what) == ["line 2 has no readable id and start"])
    }

    @Test func `ids are counted right when they do not fit into memory at a time`() throws {
        let scratch = Scratch()
        // As if far more were expected: many partitions with small blocks, so that they overflow.
        let census = IDCensus(expected: 1 << 31, directory: scratch.path)
        for number in 0..<200_000 { try census.add(xxh3(Array("id-\(number % 150_000)".utf8))) }
        #expect(Disk.names(scratch.path).isEmpty, "what overflows has no name")
        let counts = try census.finish()
        #expect(counts.distinct == 150_000 && counts.repeated == 50_000)
    }
}
