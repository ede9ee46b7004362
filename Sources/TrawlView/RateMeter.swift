package import TrawlCore

/// How fast counters rise, over the last moments.
package struct RateMeter: Sendable {
    /// What the counters stood at, at some instant of Redis's clock.
    package struct Sample: Hashable, Sendable {
        package var at: Instant
        package var progress: Progress
        /// Slots that the limiter has given to all of its users.
        package var slots: Int?

        package init(at: Instant, progress: Progress, slots: Int? = nil) {
            self.at = at
            self.progress = progress
            self.slots = slots
        }
    }

    /// What the rates are taken over.
    private let window: Duration
    private var samples: [Sample] = []

    package init(window: Duration = .seconds(15)) {
        self.window = window
    }

    /// A counter or a clock that went back, as with another Redis, begins the measurement anew.
    package mutating func add(_ sample: Sample) {
        if let last = samples.last, sample.at < last.at || sample.progress.requests < last.progress.requests {
            samples = []
        }
        if let last = samples.last, sample.at == last.at { samples.removeLast() }
        samples.append(sample)
        let begin = Instant(milliseconds: sample.at.milliseconds - window.wholeMilliseconds)
        // The one before the window stays: rates are over all of it.
        while samples.count > 2, samples[1].at <= begin { samples.removeFirst() }
    }

    /// By how much a counter rose per second; nil until there are two samples.
    package func perSecond(_ counter: (Progress) -> Int) -> Double? {
        rate { counter($0.progress) }
    }

    /// Slots per second that all users of the limiter took.
    package var slotsPerSecond: Double? {
        guard samples.allSatisfy({ $0.slots != nil }) else { return nil }
        let rate = rate { $0.slots ?? 0 }
        // The limiter expired, and began to count anew.
        return rate.flatMap { $0 < 0 ? nil : $0 }
    }

    private func rate(_ value: (Sample) -> Int) -> Double? {
        guard let first = samples.first, let last = samples.last, first.at < last.at else { return nil }
        return Double(value(last) - value(first)) * 1000 / Double(last.at - first.at)
    }
}
