/// All time series of one name at one moment.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// One time series' value.
    package struct Sample: Sendable {
        /// What follows the family's name: empty but for the series of a histogram.
        package var suffix: String
        /// In the order in which they are written.
        package var labels: [(name: String, value: String)]
        package var value: Double

        package init(suffix: String = "", labels: [(name: String, value: String)] = [], value: Double) {
            for (name, _) in labels { precondition(isLabelName(name), "'\(name)' is no name for a label") }
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }
    }

    package let name: String
    package let kind: Kind
    package let help: String
    package var samples: [Sample]

    /// A name has letters, digits and underscores only. That of a counter ends in `_total`, and that of nothing else
    /// does; whatever has a unit ends in its name, in the plural: `_seconds`, `_bytes`.
    package init(_ name: String, _ kind: Kind, _ help: String, samples: [Sample] = []) {
        precondition(isLabelName(name), "'\(name)' is no name for a metric")
        precondition((kind == .counter) == name.hasSuffix("_total"), "only counters are called _total: \(name)")
        precondition(!help.isEmpty, "\(name) has no help")
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// A gauge of one series.
    package static func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(name, .gauge, help, samples: [Sample(value: value)])
    }

    /// A counter of one series, kept elsewhere.
    package static func counter(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(name, .counter, help, samples: [Sample(value: value)])
    }

    /// Adds a series.
    package mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
        samples.append(Sample(labels: labels.map { (name: $0.key, value: $0.value) }, value: value))
    }
}

/// What the text format allows for a label, and Trawl for a metric.
func isLabelName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39,
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
