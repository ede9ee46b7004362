package import TrawlCore

/// What a worker does, told as it does it, for whoever counts.
package enum WorkerEvent: Sendable {
    /// A request was made and answered, or not, after so long. A page that was answered is read by then, too.
    case request(RequestKind, RequestOutcome, took: Duration)
    /// What a request needs, such as an access token, could not be had.
    case unprepared(RequestOutcome)
    /// A slot was waited for this long.
    case slot(waited: Duration)
    /// A page arrived whole: its records, their bytes as they are kept before compression, and the bytes received.
    case page(records: Int, lineBytes: Int, wireBytes: Int)
    /// A walk did not prove complete, and another begins.
    case walkRepeated
    /// Someone else may be fetching a shard that this worker had.
    case leaseLost
    /// A shard is finished, with what its walk showed.
    case shard(Verdict)
    /// An attempt at a shard ended.
    case attempt(AttemptEnd)
}

/// Told of every ``WorkerEvent``, from many tasks at the same time: it must be quick, and must not block.
package typealias WorkerObserver = @Sendable (WorkerEvent) -> Void

package enum RequestKind: String, Sendable, CaseIterable {
    case page
    /// Everything about jobs but their results.
    case job
}

/// What came of a request; the failures are those of `FetchFailure`.
package enum RequestOutcome: String, Sendable, CaseIterable {
    case ok, throttled, busy, transient, unreachable
    case tokenRefused = "token_refused"
    case denied
    case tooDeep = "too_deep"
    case tooLarge = "too_large"
    case pageSizeRefused = "page_size_refused"
    case cursorRefused = "cursor_refused"
    case refused

    package init(_ failure: FetchFailure) {
        self =
            switch failure {
            case .throttled: .throttled
            case .busy: .busy
            case .transient: .transient
            case .unreachable: .unreachable
            case .tokenRefused: .tokenRefused
            case .denied: .denied
            case .tooDeep: .tooDeep
            case .tooLarge: .tooLarge
            case .pageSizeRefused: .pageSizeRefused
            case .cursorRefused: .cursorRefused
            case .refused: .refused
            }
    }
}

/// What became of an attempt at a shard.
package enum AttemptEnd: String, Sendable, CaseIterable {
    case committed, split, retried, postponed, dead, released, lost
    case budgetSpent = "budget_spent"
}
