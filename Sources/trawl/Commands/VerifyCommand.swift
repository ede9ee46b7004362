import Foundation
import TrawlCore
import TrawlStore

/// `trawl verify`: checks a store against its own books.
enum VerifyCommand {
    static let spec = CommandSpec(
        name: "verify",
        summary: "check every file of a run against its recorded hash, and the books against each other",
        examples: [
            .init(purpose: "is everything still as it was written?", line: "trawl verify january"),
            .init(purpose: "for a program", line: "trawl verify january --json"),
        ],
        positional: "STORE",
        sections: [("Output", OutputOptions.options)],
        notes: [
            "Changes nothing. Exit code 0 when everything is intact and the result complete, 3 when it is intact but the run is "
                + "not complete, 5 when a file is damaged or missing or the books do not balance."
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let store = try StoreArgument.open(arguments)
        var verify = Verify(store: store)
        let report = verify.run()
        if arguments.flag("--json") {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Console.result(
                String(decoding: try encoder.encode(Output(verdict: report.verdict, report: report)), as: UTF8.self))
        } else {
            Console.result(text(report, store: store.root).joined(separator: "\n"))
        }
        switch report.verdict {
        case .verified: return ExitCode.complete
        case .incomplete: return try incompleteCode(store)
        case .damaged: return ExitCode.integrity
        }
    }

    /// A run that lacks nothing but proof will not get better by itself.
    private static func incompleteCode(_ store: DirectoryStore) throws -> Int32 {
        let ledger = try store.ledger()
        if !ledger.isComplete { return ExitCode.incomplete }
        let isRejected = try store.manifest()?.verdict == .rejected
        return ledger.unproven.isEmpty && !isRejected ? ExitCode.incomplete : ExitCode.integrity
    }

    private struct Output: Encodable {
        let verdict: VerifyReport.Verdict
        let report: VerifyReport
    }

    private static func text(_ report: VerifyReport, store: String) -> [String] {
        let checked =
            "\(Quantity.count(report.files, "file")), \(Quantity.bytes(report.bytes)), \(Quantity.count(report.lines, "line")) checked"
        var lines: [String]
        switch report.verdict {
        case .verified:
            lines = [
                "verified: \(Quantity.count(report.records, "conversation")), nothing missing, nothing doubled, every file intact"
            ]
        case .incomplete: lines = ["intact, but not complete"]
        case .damaged: lines = ["DAMAGED: \(Quantity.count(report.findings.count, "finding"))"]
        }
        lines.append("  \(checked) in \(store)")
        for finding in report.findings.prefix(50) {
            lines.append("  \(finding.path): \(finding.what); \(finding.advice)")
        }
        if report.findings.count > 50 { lines.append("  … and \(report.findings.count - 50) more; --json lists all") }
        for note in report.notes.prefix(20) { lines.append("  \(note)") }
        return lines
    }
}
