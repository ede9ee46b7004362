import TrawlCore
import TrawlQueue

/// Turns snapshots of the queue into a progress bar on a terminal, and into a sparse line elsewhere.
struct ProgressReport {
    private let console: Console
    private let rate: RequestRate?
    private let started = ContinuousClock.now
    private let doneBefore: Int
    private var lastLine = ContinuousClock.now
    /// Requests over the last seconds, for the rate.
    private var samples: [(at: ContinuousClock.Instant, requests: Int)] = []
    private static let sampleWindow = Duration.seconds(15)
    private static let lineEvery = Duration.seconds(30)
    private static let barWidth = 24

    init(console: Console, rate: RequestRate?, doneBefore: Int) {
        self.console = console
        self.rate = rate
        self.doneBefore = doneBefore
    }

    mutating func show(_ snapshot: RunSnapshot, note: String? = nil) {
        let now = ContinuousClock.now
        samples.append((now, snapshot.progress.requests))
        while let first = samples.first, samples.count > 2, first.at.duration(to: now) > Self.sampleWindow {
            samples.removeFirst()
        }
        let text = line(snapshot, now: now, note: note)
        if console.isTerminal {
            console.status(bar(snapshot) + " " + text)
        } else if lastLine.duration(to: now) >= Self.lineEvery {
            lastLine = now
            console.note(text)
        }
    }

    private func line(_ snapshot: RunSnapshot, now: ContinuousClock.Instant, note: String?) -> String {
        let total = snapshot.done + snapshot.open + snapshot.dead
        let progress = snapshot.progress
        var parts = ["\(Quantity.grouped(snapshot.done))/\(Quantity.grouped(total)) shards"]
        if snapshot.dead > 0 { parts.append("\(snapshot.dead) dead") }
        parts.append("\(Quantity.grouped(progress.records)) records")
        parts.append("\(Quantity.grouped(progress.requests)) requests")
        if let first = samples.first, let last = samples.last, first.at < last.at {
            let perSecond = Double(last.requests - first.requests) / first.at.duration(to: last.at).seconds
            var text = "\(Quantity.decimal(perSecond))/s"
            if let rate { text += " of \(Quantity.decimal(Double(rate.limit) / rate.window.seconds))" }
            parts.append(text)
        }
        if progress.throttled > 0 { parts.append("\(progress.throttled) × 429") }
        if let note {
            parts.append(note)
        } else if let eta = eta(snapshot, now: now) {
            parts.append("ETA \(Quantity.duration(seconds: eta))")
        }
        return parts.joined(separator: " · ")
    }

    /// From the shards this run has finished, once there are enough to tell.
    private func eta(_ snapshot: RunSnapshot, now: ContinuousClock.Instant) -> Double? {
        let finished = snapshot.done - doneBefore
        guard finished >= 3, snapshot.open > 0 else { return nil }
        return started.duration(to: now).seconds / Double(finished) * Double(snapshot.open)
    }

    private func bar(_ snapshot: RunSnapshot) -> String {
        let total = max(1, snapshot.done + snapshot.open + snapshot.dead)
        let filled = snapshot.done * Self.barWidth / total
        let dead = snapshot.dead > 0 ? max(1, snapshot.dead * Self.barWidth / total) : 0
        let active = min(
            Self.barWidth - filled - dead, snapshot.leased > 0 ? max(1, snapshot.leased * Self.barWidth / total) : 0)
        let rest = max(0, Self.barWidth - filled - dead - active)
        let text =
            String(repeating: "█", count: filled) + String(repeating: "▒", count: max(0, active))
            + String(repeating: "x", count: dead) + String(repeating: "░", count: rest)
        return console.usesColour ? "\u{1B}[36m\(text)\u{1B}[0m" : text
    }
}
