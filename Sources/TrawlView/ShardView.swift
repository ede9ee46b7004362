package import TrawlCore
import TrawlQueue

/// One leaf of a run's shards, as store and schedule together show it.
package struct ShardView: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// Fetched, and proven complete as far as its endpoint allows.
        case done
        /// Fetched, but not proven complete.
        case unproven
        /// In the hands of a worker.
        case leased
        /// Put off after a failure, or until its data is complete.
        case delayed
        /// Waits for a worker.
        case pending
        /// Gave up; an operator has to decide.
        case dead
        /// Gave up, and the operator goes without it.
        case skipped
    }

    package let id: ShardID
    package let interval: Interval
    package var state: State
    /// The hits of the shard it was cut from.
    package var parentHits: Int?
    /// Failed tries, and workers that died holding it.
    package var attempts = 0
    package var reclaims = 0
    package var token: LeaseToken?
    package var worker: String?
    /// When its lease runs out, or when it may be claimed again: by Redis's clock.
    package var due: Instant?
    /// What its worker is doing with it, where it says so.
    package var activity: ShardActivity?
    /// What became of it.
    package var outcome: PartOutcome?
    package var death: DeadMarker?
    package var skip: SkipMarker?
    /// Up to when the API's data is complete, where that is what it waits for.
    package var availableTo: String?

    init(_ shard: Shard, _ state: State) {
        id = shard.id
        interval = shard.interval
        parentHits = shard.parentHits
        self.state = state
    }
}

extension ShardView {
    /// All leaves of a run, in order of their intervals. The store decides what is done, dead and skipped; the schedule only
    /// tells apart what is owed. Without one, everything owed is pending.
    static func all(_ ledger: Ledger, _ scheduled: ScheduledShards, _ workers: [WorkerReport]) -> [ShardView] {
        let activities = Dictionary(workers.flatMap(\.activities).map { ($0.token, $0) }) { first, _ in first }
        var views: [ShardView] = []
        views.reserveCapacity(ledger.leaves)
        for (shard, outcome) in ledger.parts {
            var view = ShardView(shard, outcome.proof.verdict.isAccepted ? .done : .unproven)
            view.outcome = outcome
            (view.attempts, view.reclaims) = (outcome.troubles?.attempts ?? 0, outcome.troubles?.reclaims ?? 0)
            view.token = outcome.token
            views.append(view)
        }
        for shard in ledger.owed {
            var view = ShardView(shard, .pending)
            view.attempts = scheduled.attempts[view.id] ?? 0
            view.reclaims = scheduled.reclaims[view.id] ?? 0
            if let held = scheduled.held[view.id] {
                view.state = .leased
                (view.worker, view.token, view.due) = (held.worker, held.token, held.deadline)
                view.activity = activities[held.token]
            } else if let delayed = scheduled.delayed[view.id] {
                view.state = .delayed
                (view.due, view.availableTo) = (delayed.due, delayed.availableTo)
            }
            views.append(view)
        }
        for (shard, marker) in ledger.dead { views.append(dead(shard, marker)) }
        for (shard, marker, skip) in ledger.skipped {
            var view = dead(shard, marker)
            view.state = .skipped
            view.skip = skip
            views.append(view)
        }
        return views.sorted { ($0.interval.from, $0.interval.to) < ($1.interval.from, $1.interval.to) }
    }

    private static func dead(_ shard: Shard, _ marker: DeadMarker) -> ShardView {
        var view = ShardView(shard, .dead)
        view.death = marker
        (view.attempts, view.reclaims) = (marker.attempts, marker.reclaims)
        return view
    }
}
