/// What a worker did since it last said so.
package struct Progress: Hashable, Sendable {
    package var requests = 0
    package var records = 0
    package var bytes = 0
    package var throttled = 0
    package var failures = 0
    /// Of the failures, those where no connection could be made.
    package var unreachable = 0
    /// Pages that arrived whole.
    package var pages = 0
    /// Answers that were of use: pages, and what was said of jobs.
    package var answers = 0

    package init() {}

    /// All counters by name, in the order in which the queue's scripts take them.
    package static let counters: [(name: String, count: any (WritableKeyPath<Progress, Int> & Sendable))] = [
        ("requests", \.requests), ("records", \.records), ("bytes", \.bytes), ("throttled", \.throttled),
        ("failures", \.failures), ("unreachable", \.unreachable), ("pages", \.pages), ("answers", \.answers),
    ]

    package var isEmpty: Bool { self == Progress() }

    package static func += (sum: inout Progress, other: Progress) {
        for (_, count) in counters { sum[keyPath: count] += other[keyPath: count] }
    }
}
