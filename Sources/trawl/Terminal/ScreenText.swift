import TrawlCore
import TrawlQueue
import TrawlView

/// The parts of a run's view in words and figures, as screens and sparse lines have them.
enum ScreenText {
    /// `2024-01-01`, or `2024-01-01 08:00` where no UTC day begins.
    static func stamp(_ instant: Instant) -> String {
        let text = instant.rfc3339
        return instant.millisecondOfDay == 0
            ? String(text.prefix(10)) : "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// `17 of 31 shards (54 %) · 1 dead · 120,345 records · 1,234 requests · 2 × 429 · 3 failures`
    static func counts(_ view: RunView) -> [String] {
        let counts = view.counts
        let done = counts[.done, default: 0] + counts[.unproven, default: 0]
        let total = view.shards.count
        var parts = [
            "\(Quantity.grouped(done)) of \(Quantity.count(total, "shard"))"
                + (total > 0 ? " (\(done * 100 / total) %)" : "")
        ]
        if let dead = counts[.dead] { parts.append("\(Quantity.grouped(dead)) dead") }
        parts.append(Quantity.count(view.records, "record"))
        parts.append(Quantity.count(view.schedule?.progress.requests ?? view.ledger.requests, "request"))
        if let progress = view.schedule?.progress {
            if progress.throttled > 0 { parts.append("\(Quantity.grouped(progress.throttled)) × 429") }
            if progress.failures > 0 { parts.append(Quantity.count(progress.failures, "failure")) }
        }
        return parts
    }

    /// `4.7/s of 4.95/s (95 %)`; nil where nothing is scheduled.
    static func rate(_ view: RunView) -> String? {
        guard view.schedule != nil else { return nil }
        guard let rate = view.requestsPerSecond else { return "being measured" }
        guard let limiter = view.limiter else { return perSecond(rate) }
        guard let quota = limiter.quotaPerSecond else { return "\(perSecond(rate)), no quota" }
        let share = limiter.utilisation.map { " (\(Int(($0 * 100).rounded())) %)" } ?? ""
        return "\(perSecond(rate)) of \(perSecond(quota))\(share)"
    }

    /// Two decimals below 10, where quotas are.
    static func perSecond(_ value: Double) -> String {
        if value >= 100 { return "\(Quantity.grouped(Int(value.rounded())))/s" }
        if value >= 10 { return "\(Quantity.decimal(value))/s" }
        let hundredths = Int((max(0, value) * 100).rounded())
        let digits = hundredths % 100
        let fraction = digits % 10 == 0 ? String(digits / 10) : (digits < 10 ? "0\(digits)" : String(digits))
        return "\(hundredths / 100).\(fraction)/s"
    }

    /// `about 12 min, 9 to 15`, in one unit; the more is left, the coarser.
    static func remaining(_ estimate: Estimate) -> String {
        let unit: (name: String, seconds: Double) =
            switch estimate.expected {
            case ..<90: ("s", 1)
            case ..<5400: ("min", 60)
            case ..<129_600: ("h", 3600)
            default: ("days", 86_400)
            }
        func number(_ seconds: Double, _ rule: FloatingPointRoundingRule) -> String {
            let value = seconds / unit.seconds
            // Hours are few, so their tenths are told.
            guard unit.seconds >= 3600, value < 10 else { return Quantity.grouped(Int(value.rounded(rule))) }
            return Quantity.decimal((value * 10).rounded(rule) / 10)
        }
        let least = number(estimate.range.lowerBound, .down)
        let most = number(estimate.range.upperBound, .up)
        return "about \(number(estimate.expected, .toNearestOrAwayFromZero)) \(unit.name), \(least) to \(most)"
    }

    /// What of a run an operator should know besides its figures: how to go on, or what it waits for.
    static func note(_ view: RunView) -> String? {
        switch view.state {
        case "halted": view.schedule?.halt.map { "halted: \($0.message)" }
        case "paused": "paused: 'trawl resume \(view.store)' goes on"
        case "cancelled": "cancelled: the same 'trawl run' command again goes on, or 'trawl resume \(view.store)'"
        case "dead": "nothing but dead shards is left: 'trawl dead list \(view.store)'"
        case "fetched": "everything is fetched: the same 'trawl run' command, or 'trawl merge \(view.store)', merges it"
        case "idle": "nobody is at work on it: the same 'trawl run' command again goes on, or a 'trawl worker'"
        default: nil
        }
    }

    /// One line for where nothing is redrawn.
    static func sparse(_ view: RunView, note: String?) -> String {
        var parts = counts(view)
        if let rate = rate(view) {
            let why = view.shortfall.map { ": \($0.text)" } ?? ""
            parts.append((rate.first?.isNumber == true ? rate : "rate \(rate)") + why)
        }
        if let estimate = view.estimate, view.state == "running" { parts.append("\(remaining(estimate)) left") }
        if let note = note ?? self.note(view) { parts.append(note) }
        return parts.joined(separator: " · ")
    }
}
