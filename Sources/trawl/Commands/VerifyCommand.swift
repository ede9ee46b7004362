import Foundation
import HTTP
import TrawlCore
import TrawlQueue
import TrawlStore

/// `trawl verify`: checks a store against its own books, and against the API where asked to.
enum VerifyCommand {
    static let spec = CommandSpec(
        name: "verify",
        summary: "check every file of a run against its recorded hash, and the books against each other",
        examples: [
            .init(purpose: "is everything still as it was written, and complete?", line: "trawl verify january"),
            .init(purpose: "does the API count more by now?", line: "trawl verify january --online --rate 60/60s"),
            .init(purpose: "for a program", line: "trawl verify january --json"),
        ],
        positional: "STORE", takes: [.directory],
        sections: [
            (
                "How", [OptionSpec("--online", nil, "also ask the API for its count of each UTC day: one request each")]
            ),
            (
                "The API, for --online",
                APIOptions.options.filter {
                    ["--region", "--api-url", "--login-url", "--secret-file", "--rate"].contains($0.name)
                } + [
                    OptionSpec(
                        "--allow-host", "HOST",
                        "send credentials to this host although the plan names it and it is no "
                            + "Genesys Cloud host", isRepeatable: true)
                ]
            ),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "Checked are: every part, index and merged file by its hash; every count; that the shards make up the interval; that "
                + "the shards of a split hold what the API counted before it; that the result is in order and has no id twice.",
            "Changes nothing. Exit code 0 when everything is intact and the result complete, 3 when it is intact but the run is "
                + "not complete, 5 when a file is damaged or missing, the books do not balance, a shard or split did not prove "
                + "complete, or the API counts more than was fetched. 'trawl repair' mends what can be mended.",
            "--online does not share the limiter of a run at work: give both a part of the quota. Conversations that were open, "
                + "or came late, can explain a higher count.",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let store = try StoreArgument.open(arguments)
        let console = OutputOptions.console(arguments)
        let isOnline = arguments.flag("--online")
        let rate = try APIOptions.rate(arguments)
        // What is wrong with the command is said before hours of hashing.
        let settings =
            isOnline
            ? try APIOptions.settings(arguments, plan: store.plan, allowedHosts: arguments.values("--allow-host")) : nil
        let http = HTTPClient()
        defer { http.close() }
        let check = try settings.map {
            try OnlineCheck(store: store, settings: $0, rate: rate, http: http, console: console)
        }
        var verify = Verify(store: store)
        let report = verify.run()
        let ledger = try? store.ledger()  // nil where the report says why
        var online: [OnlineCheck.Day]?
        if let check, let ledger, report.verdict != .damaged { online = try await check.run(ledger) }
        let output = Output(
            verdict: report.verdict,
            paragraph: VerdictText.paragraph(
                report, plan: store.plan, ledger: ledger, manifest: try? store.manifest(), online: online),
            report: report,
            online: online?.map {
                Output.Day(from: $0.interval.from, to: $0.interval.to, stored: $0.stored, now: $0.now)
            })
        if arguments.flag("--json") {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Console.result(String(decoding: try encoder.encode(output), as: UTF8.self))
        } else {
            var lines = text(report, paragraph: output.paragraph, store: store.root)
            if let online { lines += text(online, store: store.root) }
            if isOnline, online == nil { lines.append("  the API was not asked: mend the damage first") }
            Console.result(lines.joined(separator: "\n"))
        }
        if online?.contains(where: { $0.missing > 0 }) == true { return ExitCode.integrity }
        switch report.verdict {
        case .verified: return ExitCode.complete
        case .incomplete: return try incompleteCode(store)
        case .damaged, .unproven: return ExitCode.integrity
        }
    }

    /// A run that lacks nothing but proof will not get better by itself.
    private static func incompleteCode(_ store: DirectoryStore) throws -> Int32 {
        guard try store.ledger().isComplete else { return ExitCode.incomplete }
        return try store.manifest()?.verdict == .rejected ? ExitCode.integrity : ExitCode.incomplete
    }

    private struct Output: Encodable {
        struct Day: Encodable {
            let from: Instant
            let to: Instant
            let stored: Int
            let now: Int
        }

        let verdict: VerifyReport.Verdict
        let paragraph: String
        let report: VerifyReport
        let online: [Day]?
    }

    private static func text(_ report: VerifyReport, paragraph: String, store: String) -> [String] {
        var lines: [String]
        switch report.verdict {
        case .verified:
            lines = [
                "verified: \(Quantity.count(report.records, "conversation")), nothing missing, nothing doubled, every file intact"
            ]
        case .incomplete: lines = ["intact, but not complete"]
        case .unproven: lines = ["intact, but NOT PROVEN COMPLETE: \(Quantity.count(report.findings.count, "finding"))"]
        case .damaged: lines = ["DAMAGED: \(Quantity.count(report.findings.count, "finding"))"]
        }
        lines.append(paragraph)
        for finding in report.findings.prefix(50) {
            lines.append("  \(finding.path): \(finding.what); \(finding.advice)")
        }
        if report.findings.count > 50 { lines.append("  … and \(report.findings.count - 50) more; --json lists all") }
        for note in report.notes.prefix(20) { lines.append("  \(note)") }
        if !report.findings.isEmpty { lines.append("next: 'trawl repair \(store)' says what it would do about it") }
        return lines
    }

    private static func text(_ days: [OnlineCheck.Day], store: String) -> [String] {
        let stored = days.reduce(0) { $0 + $1.stored }
        let now = days.reduce(0) { $0 + $1.now }
        var lines = [
            "online: \(Quantity.count(days.count, "day")) asked for, \(Quantity.grouped(stored)) conversations fetched, "
                + "\(Quantity.grouped(now)) counted now"
        ]
        let different = days.filter { $0.missing != 0 }
        for day in different.prefix(50) {
            let word = day.missing > 0 ? "MORE" : "fewer"
            lines.append(
                "  \(day.interval.from) to \(day.interval.to): \(Quantity.grouped(day.stored)) fetched, "
                    + "\(Quantity.grouped(day.now)) now, \(Quantity.grouped(abs(day.missing))) \(word)")
        }
        if different.count > 50 { lines.append("  … and \(different.count - 50) more days; --json lists all") }
        if days.contains(where: { $0.missing > 0 }) {
            lines.append(
                "  conversations that were open or came late when their day was fetched can explain more; "
                    + "'trawl repair \(store) SHARD… --apply' has the next run fetch shards again")
        }
        return lines
    }
}
