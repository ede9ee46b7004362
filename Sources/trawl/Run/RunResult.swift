import TrawlCore
import TrawlStore

/// The end of a run, for people and for programs.
enum RunResult {
    /// Prints the verdict and returns the exit code that goes with it.
    static func report(
        _ manifest: Manifest, store: String, arguments: Arguments, console: Console, isRepeat: Bool
    ) -> Int32 {
        let code = exitCode(manifest.verdict)
        if arguments.flag("--json") {
            EventStream.end(json(manifest, store: store, code: code))
        } else {
            Console.result(text(manifest, store: store, isRepeat: isRepeat).joined(separator: "\n"))
        }
        return code
    }

    private static func exitCode(_ verdict: Manifest.Verdict) -> Int32 {
        switch verdict {
        case .complete: ExitCode.complete
        case .unproven, .rejected: ExitCode.integrity
        case .gaps: ExitCode.incomplete
        }
    }

    private static func text(_ manifest: Manifest, store: String, isRepeat: Bool) -> [String] {
        let totals = manifest.totals
        let duplicates = totals.duplicates
        let unproven = manifest.shards.filter { !$0.proof.verdict.isAccepted }
        let unverifiable = manifest.shards.count { $0.proof.verdict == .unverifiable }
        var lines = [
            "\(headline(manifest.verdict))\(isRepeat ? " (already)" : ""): \(Quantity.count(totals.records, "conversation")), "
                + "\(manifest.interval.from) to \(manifest.interval.to)"
        ]
        let shards = Quantity.count(manifest.shards.count, "shard")
        if !manifest.gaps.isEmpty {
            lines += missing(manifest, store: store)
        } else if unproven.isEmpty, manifest.shortSplits == nil {
            lines.append(
                "  nothing \(unverifiable > 0 ? "known to be " : "")missing: \(Quantity.grouped(manifest.shards.count - unverifiable)) of \(shards) proven (distinct "
                    + "records = hits, total never moved)"
                    + (unverifiable > 0 ? ", \(unverifiable) without a total to compare with" : ""))
        }
        for shard in unproven.prefix(10) {
            lines.append("  NOT PROVEN: \(shard.shard): \(ProofText.describe(shard.proof))")
        }
        if unproven.count > 10 { lines.append("  … and \(unproven.count - 10) more, see manifest.json") }
        for split in manifest.shortSplits ?? [] {
            lines.append(
                "  NOT PROVEN: \(split.shard) was cut at \(Quantity.grouped(split.hits)) hits, and its shards hold "
                    + "\(Quantity.count(split.distinct, "conversation")); 'trawl repair \(store) --apply', then the same "
                    + "'trawl run' command, fetches them again")
        }
        if !unproven.isEmpty {
            lines.append(
                "  \(Quantity.count(unproven.count, "shard")) of \(Quantity.grouped(manifest.shards.count)) not proven; 'trawl "
                    + "repair \(store) --apply', then the same 'trawl run' command, walks them again")
        }
        lines.append(
            "  nothing doubled: \(Quantity.grouped(totals.lines)) lines fetched, \(Quantity.count(duplicates.all, "duplicate")) "
                + "dropped (\(Quantity.grouped(duplicates.boundary)) at boundaries, \(Quantity.grouped(duplicates.rewalk)) of "
                + "re-walks, \(Quantity.grouped(duplicates.drift)) by drift), \(Quantity.grouped(totals.outside)) start outside "
                + "the interval")
        if totals.rejected > 0 {
            let from = manifest.shards.first { $0.proof.rejected > 0 }
            lines.append(
                "  KEPT ASIDE: \(Quantity.count(totals.rejected, "record")) without a usable id or start, in rejected.ndjson"
                    + (from.map {
                        "; the first shard with one is \($0.shard): 'trawl repair \(store) \($0.shard) --apply', then the same "
                            + "'trawl run' command, fetches it again"
                    } ?? ""))
        }
        if totals.open > 0 {
            lines.append(
                "  \(Quantity.count(totals.open, "conversation")) had not ended yet, listed in open-ids.ndjson")
        }
        lines.append(
            "  \(Quantity.count(totals.requests, "request")), \(Quantity.bytes(totals.lineBytes)) in "
                + "\(Quantity.count(manifest.parts.count, "file")) (\(Quantity.bytes(totals.bytes)) on disk) in \(store)/merged"
        )
        return lines
    }

    /// What the result lacks: what was skipped, with the reasons, and what simply is not there.
    private static func missing(_ manifest: Manifest, store: String) -> [String] {
        let skipped = manifest.skipped ?? []
        var lines: [String] = []
        for item in skipped.prefix(10) {
            lines.append(
                "  MISSING: \(item.shard): skipped at \(item.at): \(item.reason) (it gave up: \(item.failure))")
        }
        if skipped.count > 10 { lines.append("  … and \(skipped.count - 10) more skipped, see manifest.json") }
        let names = Set(skipped.map(\.shard))
        let others = manifest.gaps.filter { !names.contains($0) }
        if !others.isEmpty {
            let list = others.prefix(10).map(\.text).joined(separator: ", ")
            lines.append(
                "  MISSING: \(Quantity.count(others.count, "shard")) owed or dead: \(list)\(others.count > 10 ? ", …" : ""); "
                    + "'trawl dead list \(store)' and the same 'trawl run' command tell more")
        }
        return lines
    }

    private static func headline(_ verdict: Manifest.Verdict) -> String {
        switch verdict {
        case .complete: "complete and verified"
        case .unproven: "NOT PROVEN COMPLETE"
        case .rejected: "complete, but records had to be kept aside"
        case .gaps: "INCOMPLETE, merged with gaps"
        }
    }

    private static func json(_ manifest: Manifest, store: String, code: Int32) -> JSONValue {
        let totals = manifest.totals
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        return .object([
            "event": .string("result"), "verdict": .string(manifest.verdict.rawValue), "exitCode": number(Int(code)),
            "run": .string(manifest.run), "store": .string(store), "from": .string(manifest.interval.from.rfc3339),
            "to": .string(manifest.interval.to.rfc3339), "records": number(totals.records),
            "lines": number(totals.lines),
            "duplicates": .object([
                "boundary": number(totals.duplicates.boundary), "rewalk": number(totals.duplicates.rewalk),
                "drift": number(totals.duplicates.drift),
            ]),
            "outside": number(totals.outside), "rejected": number(totals.rejected), "open": number(totals.open),
            "requests": number(totals.requests), "bytes": number(totals.bytes), "lineBytes": number(totals.lineBytes),
            "shards": number(manifest.shards.count), "gaps": .array(manifest.gaps.map { .string($0.text) }),
            "skipped": .array(
                (manifest.skipped ?? []).map {
                    .object(["shard": .string($0.shard.text), "reason": .string($0.reason)])
                }),
            "unproven": .array(
                manifest.shards.filter { !$0.proof.verdict.isAccepted }.map { .string($0.shard.text) }),
        ])
    }
}
