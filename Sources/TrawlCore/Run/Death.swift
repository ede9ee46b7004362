/// The operator's decision to go without a dead shard: `skipped/<shard>.<n>.json`. It is about one death, so another
/// life lifts it.
package struct SkipMarker: Hashable, Sendable, Codable {
    package var reason: String
    /// The wall clock of whoever decided, for people.
    package var at: Instant

    package init(reason: String, at: Instant) {
        self.reason = reason
        self.at = at
    }
}

/// Gives a dead shard another life: `requeue/<shard>.<n>.json`.
package struct RequeueMarker: Hashable, Sendable, Codable {
    /// The wall clock of whoever asked for it, for people. Absent in stores of earlier versions.
    package var at: Instant?

    package init(at: Instant? = nil) {
        self.at = at
    }
}

/// One time a shard gave up, and what was decided about it.
package struct Death: Hashable, Sendable {
    /// From 1, without gaps.
    package let round: Int
    package let marker: DeadMarker
    package let skip: SkipMarker?
    package let requeue: RequeueMarker?

    package init(round: Int, marker: DeadMarker, skip: SkipMarker?, requeue: RequeueMarker?) {
        self.round = round
        self.marker = marker
        self.skip = skip
        self.requeue = requeue
    }
}
