package import TrawlCore

/// How a worker behaves; defaults as in design.md section 13.
package struct WorkerOptions: Sendable {
    /// Shards fetched at the same time by one process.
    package var slots = 8
    package var lease = Duration.seconds(30)
    /// Tries of one page before its shard is given back.
    package var pageTries = 5
    /// Tokens in a row that the API may refuse for one page; with the last of them access is denied.
    package var tokenTries = 3
    package var pageBackoff = Backoff(base: .milliseconds(500), cap: .seconds(30))
    package var shardBackoff = Backoff(base: .seconds(2), cap: .seconds(120))
    /// Before a shard is given back that failed while nobody got a page.
    package var outageBackoff = Backoff(base: .seconds(10), cap: .seconds(10))
    package var walkBackoff = Backoff(base: .seconds(1), cap: .seconds(30))
    /// Between two questions about a job that is at work.
    package var pollBackoff = Backoff(base: .seconds(1), cap: .seconds(20))
    /// On top of what the API says when as many jobs run as may.
    package var busyBackoff = Backoff(base: .seconds(2), cap: .seconds(2))
    /// A job that is not done after this long is given up.
    package var jobTimeout = Duration.seconds(1800)
    /// How long the slot for the deletion of a job is waited for.
    package var jobEndTimeout = Duration.seconds(10)
    /// Jobs of shards that a drain gives back stay at the API: the queue outlives this process and knows them.
    package var leavesJobs = true
    /// How long a shard waits whose data is not complete yet: for as long as what is missing, within these bounds.
    package var dataDelay = Duration.seconds(30)...Duration.seconds(600)
    /// Between two looks at an empty queue, and between tries of an unreachable one.
    package var idleBackoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
    /// A fetch that shows no sign of progress for this long loses its lease: longer than any one request may take.
    package var stallLimit = Duration.seconds(150)
    /// Between two reports of progress.
    package var reportEvery = Duration.seconds(1)
    /// End when the queue has nothing left, rather than wait for more.
    package var untilIdle = false

    package init() {}
}
