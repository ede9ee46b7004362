import TrawlCore

/// One shard's part, as the merge sees it.
struct MergeInput: Sendable {
    let shard: ShardID
    let outcome: PartOutcome
    /// The ordinal of the part's first line among all lines of the run.
    let firstOrdinal: Int

    /// A proven walk supersedes the walks before it. Without one, every walk counts.
    func isSuperseded(walk: Int) -> Bool {
        outcome.proof.verdict == .proven && walk < outcome.proof.walks
    }
}

/// Which lines are not even candidates.
struct MatchRule: Sendable {
    /// Nil where everything counts.
    private let interval: Interval?

    init(_ plan: Plan) {
        interval = plan.match == .started ? plan.interval : nil
    }

    @inline(__always)
    func isOutside(_ entry: RecordEntry) -> Bool {
        guard let interval, entry.rejection == nil else { return false }
        return entry.start < interval.from.milliseconds || entry.start >= interval.to.milliseconds
    }
}
