import TrawlCore
import TrawlStore

/// What a check found, in one paragraph for somebody who knows nothing of shards.
enum VerdictText {
    static func paragraph(
        _ report: VerifyReport, plan: Plan, ledger: Ledger?, manifest: Manifest?, online: [OnlineCheck.Day]?
    ) -> String {
        [asked(plan), there(report, manifest), missing(report, ledger), checked(report), now(online)]
            .compactMap(\.self).joined(separator: " ")
    }

    private static func asked(_ plan: Plan) -> String {
        let rule = plan.match == .started ? "that started" : "that the API returns for the time"
        return
            "Asked for: all conversations \(rule) from \(plan.interval.from) up to but not including \(plan.interval.to)"
            + "\(plan.filter == nil ? "" : ", as far as they match the run's filter"), by \(plan.profile.name)."
    }

    private static func there(_ report: VerifyReport, _ manifest: Manifest?) -> String {
        guard let manifest else { return "There is no merged result yet." }
        var text =
            "There: \(Quantity.count(report.distinct, "conversation")) in \(Quantity.count(manifest.parts.count, "file"))"
        if report.distinct != report.records { text += " (\(Quantity.count(report.records, "line")))" }
        if manifest.totals.open > 0 {
            text += ", \(Quantity.grouped(manifest.totals.open)) of them not ended when they were fetched"
        }
        if manifest.totals.rejected > 0 {
            text +=
                "; \(Quantity.count(manifest.totals.rejected, "record")) kept aside for want of a usable id or start"
        }
        return text + "."
    }

    private static func missing(_ report: VerifyReport, _ ledger: Ledger?) -> String {
        guard let ledger else { return "What is missing cannot be told: the books of the run are damaged." }
        var missing: [String] = []
        if !ledger.owed.isEmpty {
            missing.append("\(Quantity.count(ledger.owed.count, "time span")) not fetched yet")
        }
        if !ledger.dead.isEmpty {
            missing.append("\(Quantity.count(ledger.dead.count, "time span")) that could not be fetched")
        }
        for (shard, _, skip) in ledger.skipped.prefix(5) {
            missing.append("\(shard.interval.from) to \(shard.interval.to), left out on purpose (\(skip.reason))")
        }
        if ledger.skipped.count > 5 { missing.append("\(ledger.skipped.count - 5) more left out on purpose") }
        let damaged = Set(report.findings.filter { $0.kind == .damaged }.flatMap(\.shards)).count
        if damaged > 0 { missing.append("\(Quantity.count(damaged, "time span")) whose files are damaged") }
        let unproven = report.findings.filter { $0.kind == .unproven }.count
        if unproven > 0 {
            missing.append("possibly something of \(Quantity.count(unproven, "time span")) that did not prove complete")
        }
        guard missing.isEmpty else { return "Missing: \(missing.joined(separator: "; "))." }
        let unverifiable = ledger.parts.count { $0.outcome.proof.verdict == .unverifiable }
        if unverifiable > 0 {
            return "Nothing is known to be missing, but for \(Quantity.grouped(unverifiable)) of "
                + "\(Quantity.count(ledger.parts.count, "time span")) the API states no total to compare with."
        }
        return "Nothing is missing: in each of \(Quantity.count(ledger.parts.count, "time span")) as many different "
            + "conversations were fetched as the API counted, and its count stood still meanwhile."
    }

    private static func checked(_ report: VerifyReport) -> String {
        var text =
            "Checked now: \(Quantity.count(report.files, "file")) read in full (\(Quantity.bytes(report.bytes))) and held "
            + "against the SHA-256 recorded when they were written, every count made again, the time spans laid end to end"
        if report.records > 0 { text += ", every line of the result in order and no conversation twice" }
        if report.splits > 0 {
            text +=
                ", \(Quantity.count(report.splits, "time span")) that had to be cut held against the count before the cut"
        }
        switch report.verdict {
        case .damaged:
            let count = report.findings.count { $0.kind == .damaged }
            return text + "; \(Quantity.count(count, "thing")) failed."
        case .unproven, .incomplete, .verified: return text + ": all as it should be."
        }
    }

    private static func now(_ online: [OnlineCheck.Day]?) -> String? {
        guard let online else { return nil }
        let more = online.filter { $0.missing > 0 }
        let total = more.reduce(0) { $0 + $1.missing }
        return more.isEmpty
            ? "Asked today, the API counts no more than was fetched."
            : "Asked today, the API counts \(Quantity.count(total, "conversation")) more, on \(Quantity.count(more.count, "day"))."
    }
}
