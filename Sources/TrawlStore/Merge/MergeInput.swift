import TrawlCore

/// One shard's part, as the merge sees it.
struct MergeInput: Sendable {
    let shard: ShardID
    let outcome: PartOutcome
    /// The ordinal of the part's first line among all lines of the run.
    let firstOrdinal: Int

    /// A proven walk supersedes the walks before it. One that is accepted without a proof outranks them: its versions are
    /// kept, and so is what only they had. Without either, every walk counts alike.
    func standing(ofWalk walk: Int) -> WalkStanding {
        guard walk < outcome.proof.walks else { return .full }
        return switch outcome.proof.verdict {
        case .proven: .superseded
        case .unverifiable: .outranked
        case .drifted, .short, .capped: .full
        }
    }
}

/// What the lines of a walk count for.
enum WalkStanding {
    case full
    /// Only where no walk of full standing has the record.
    case outranked
    /// For nothing.
    case superseded
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
