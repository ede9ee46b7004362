/// What a worker is doing with a shard it holds, for people who watch. Nothing is decided by it.
package struct ShardActivity: Hashable, Sendable, Codable {
    package enum Phase: String, Hashable, Sendable, Codable, CaseIterable {
        /// In line for a slot of the limiter.
        case waiting
        /// A request is on its way.
        case requesting
        /// After a failure, before the next try.
        case pausing
        /// Between two questions about a job.
        case polling
        /// Everything else: reading and writing pages, settling.
        case working
    }

    /// The run it belongs to; nil where that goes without saying.
    package var run: String?
    package var shard: ShardID
    package var token: LeaseToken
    package var phase: Phase
    /// From 1: a shard whose pages contradict each other is walked again.
    package var walk: Int
    /// Pages of this walk that arrived.
    package var pages: Int
    /// Records of this walk that arrived.
    package var records: Int
    /// The total that the latest page stated.
    package var hits: Int?
    /// Of this attempt: requests made, those answered with 429, and those that failed otherwise.
    package var requests: Int
    package var throttled: Int
    package var failures: Int
    /// The API's name for the latest page it gave or request it refused, for its support (`ININ-Correlation-Id`).
    package var correlation: String?
    /// What failed last, in one line.
    package var failure: String?

    package init(shard: ShardID, token: LeaseToken) {
        self.shard = shard
        self.token = token
        phase = .working
        (walk, pages, records, requests, throttled, failures) = (1, 0, 0, 0, 0, 0)
    }
}
