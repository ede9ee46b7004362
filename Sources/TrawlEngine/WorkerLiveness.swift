/// Whether a worker gets anywhere, for whoever has to end one that does not.
package struct WorkerLiveness: Hashable, Sendable {
    /// Shards in hand.
    package let shards: Int
    /// Of these, how many show no sign of progress, though they wait for no slot.
    package let stuck: Int
    /// Since the loop that renews the leases last came round.
    package let sinceTurn: Duration
}
