import Guarded

/// How often values fell into which range. Safe to use from any thread.
package final class Histogram: Sendable {
    private struct State {
        /// Of each bucket alone; the last one has what is above all bounds.
        var counts: [Int]
        var sum = 0.0
    }

    private let name: String
    private let help: String
    private let bounds: [Double]
    private let state: Guarded<State>

    /// `bounds` rise; each is the largest value of its bucket.
    package init(_ name: String, _ help: String, bounds: [Double]) {
        precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds rise")
        precondition(bounds.allSatisfy(\.isFinite), "the last bucket is added")
        self.name = name
        self.help = help
        self.bounds = bounds
        state = Guarded(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
    }

    package func observe(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.with { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    /// As it is now: buckets add up from the smallest.
    package var family: MetricFamily {
        let state = state.with { $0 }
        var samples: [MetricFamily.Sample] = []
        var total = 0
        for (bound, count) in zip(bounds + [.infinity], state.counts) {
            total += count
            samples.append(
                .init(suffix: "_bucket", labels: [("le", Exposition.number(bound))], value: Double(total)))
        }
        samples.append(.init(suffix: "_sum", value: state.sum))
        samples.append(.init(suffix: "_count", value: Double(total)))
        return MetricFamily(name, .histogram, help, samples: samples)
    }
}
