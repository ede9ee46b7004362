import TrawlCore

/// One attempt at a shard: what its steps share. Used by one task.
final class Attempt {
    let held: HeldLease
    let log: Log
    /// Requests made so far.
    var requests = 0
    /// Of the lease it began with: names its part, whatever schedule it ends under.
    let token: LeaseToken
    /// The job at the API that the shard has now.
    var job: JobID? {
        didSet { held.set(job: job) }
    }

    init(_ held: HeldLease, log: Log) {
        self.held = held
        token = held.lease.token
        job = held.lease.job
        self.log =
            log.with("shard", held.lease.shard.id).with("attempt", held.lease.attempts + held.lease.reclaims + 1)
    }

    var lease: Lease { held.lease }
    var shard: Shard { held.lease.shard }
}

/// What ends a walk, or a part of one, from within.
enum Interruption: Error {
    case lost
    case drained
    /// The run was cancelled by an operator.
    case cancelled
    /// The walk cannot go on with this page size.
    case pageTooLarge(FailureDetail)
    case pageSizeRefused(FailureDetail)
    case tooDeep(FailureDetail)
    case cursorRefused(FailureDetail)
    case failed(FetchFailure)
}
