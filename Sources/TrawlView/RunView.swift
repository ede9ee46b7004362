package import TrawlCore
package import TrawlQueue

/// All that is to be seen of a run at one moment: what its store holds, what Redis schedules, who works on it and how fast.
package struct RunView: Sendable {
    package let plan: Plan
    /// The store's directory.
    package let store: String
    package var ledger: Ledger
    /// The run has ended 0.
    package var hasSuccess: Bool
    /// Nil where Redis does not know the run, or there is none.
    package var schedule: RunSnapshot?
    /// All leaves, in order of their intervals.
    package var shards: [ShardView]
    /// Those that serve the run, by name.
    package var workers: [WorkerReport]
    package var limiter: LimiterView?
    /// Per second, over the last moments.
    package var requestsPerSecond: Double?
    package var recordsPerSecond: Double?
    package var shortfall: Shortfall?
    package var estimate: Estimate?
    /// Newest first.
    package var events: [RunEvent]

    /// The limiter that the run's workers use.
    package struct LimiterView: Hashable, Sendable {
        package var name: String
        package var snapshot: LimiterSnapshot
        /// Slots per second that the quota allows; nil without a rate.
        package var quotaPerSecond: Double?
        /// Of that, what this run takes and what all users of the limiter take: 1 is all of it.
        package var utilisation: Double?
        package var sharedUtilisation: Double?
    }

    /// How many leaves are in each state; states without any are left out.
    package var counts: [ShardView.State: Int] {
        shards.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    /// Records that arrived: of finished leaves, and of those that workers say they are fetching.
    package var records: Int {
        let fetching = shards.reduce(0) { $0 + ($1.state == .leased ? $1.activity?.records ?? 0 : 0) }
        return ledger.parts.reduce(fetching) { $0 + $1.outcome.proof.records }
    }

    /// A worker that has not reported for this long is silent: five reports did not come.
    package static let silentAfter = Duration.seconds(10)

    package func isSilent(_ worker: WorkerReport) -> Bool {
        schedule.map { worker.isSilent(at: $0.now) } ?? true
    }
}

extension WorkerReport {
    /// Whether it has not reported for long. `now` is Redis's clock.
    package func isSilent(at now: Instant) -> Bool { now - seenAt > RunView.silentAfter.wholeMilliseconds }
}

extension [WorkerReport] {
    /// Those that serve the run: by their own word, or because they hold one of its shards.
    package func serving(_ run: String, _ schedule: RunSnapshot) -> [WorkerReport] {
        filter { $0.serving[run] != nil || schedule.held[$0.name] != nil }
    }
}
