import Guarded

/// A number that only grows, one for each set of label values. Safe to use from any thread.
package final class Counter: Sendable {
    private let name: String
    private let help: String
    private let labels: [String]
    private let values: Guarded<[[String]: Double]>

    /// `known` are the label values that are shown from the start, at 0: a rate over a series that appears with its first
    /// event misses that event.
    package init(_ name: String, _ help: String, labels: [String] = [], known: [[String]] = []) {
        self.name = name
        self.help = help
        self.labels = labels
        let first = labels.isEmpty ? [[]] : known
        precondition(first.allSatisfy { $0.count == labels.count }, "\(name) has \(labels.count) labels")
        values = Guarded(Dictionary(first.map { ($0, 0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The values are those of the labels, in their order. What is added must not be negative.
    package func add(_ amount: Double = 1, _ labelValues: String...) {
        precondition(amount >= 0, "\(name) only grows")
        precondition(labelValues.count == labels.count, "\(name) has \(labels.count) labels")
        values.with { $0[labelValues, default: 0] += amount }
    }

    /// As it is now, sorted by label values.
    package var family: MetricFamily {
        let sorted = values.with { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return MetricFamily(
            name, .counter, help,
            samples: sorted.map { values, count in
                .init(labels: zip(labels, values).map { (name: $0, value: $1) }, value: count)
            })
    }
}
