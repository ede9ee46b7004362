import Guarded
import Synchronization
import TrawlCore

/// A lease while its shard is being fetched: shared by the fetch, which advances, and the lease keeper, which renews.
final class HeldLease: Sendable {
    private let current: Guarded<Lease>
    private let lost = Atomic(false)
    private let cancelled = Atomic(false)
    private let waits = Atomic(false)
    private let doing: Guarded<ShardActivity>
    /// Nanoseconds since `Self.origin` of the last sign of progress.
    private let advanced: Atomic<Int64>
    private static let origin = ContinuousClock.now

    init(_ lease: Lease) {
        current = Guarded(lease)
        doing = Guarded(ShardActivity(shard: lease.shard.id, token: lease.token))
        advanced = Atomic(Self.now)
    }

    /// With the job that the shard has now.
    var lease: Lease { current.with { $0 } }

    func set(job: JobID?) { current.with { $0.job = job } }

    /// What the fetch is doing now.
    var activity: ShardActivity { doing.with { $0 } }

    /// Called per request and page, never per record.
    func note(_ change: (inout ShardActivity) -> Void) { doing.with(change) }

    func enter(_ phase: ShardActivity.Phase) { doing.with { $0.phase = phase } }

    private static var now: Int64 {
        let elapsed = origin.duration(to: .now).components
        return elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
    }

    /// The fetch got somewhere: a slot, an answer, a page.
    func advance() { advanced.store(Self.now, ordering: .relaxed) }

    /// The fetch is in line for a slot. That may take as long as the gate is shut or the rate is slow, and is no sign of
    /// a hung fetch: whoever took the shard over would wait in the same line.
    func setWaiting(_ isWaiting: Bool) {
        waits.store(isWaiting, ordering: .relaxed)
        enter(isWaiting ? .waiting : .working)
        advance()
    }

    var isWaiting: Bool { waits.load(ordering: .relaxed) }

    var sinceProgress: Duration { .nanoseconds(Self.now - advanced.load(ordering: .relaxed)) }

    /// Someone else may be fetching the shard now. Returns whether that is news.
    @discardableResult
    func markLost() -> Bool { !lost.exchange(true, ordering: .relaxed) }

    var isLost: Bool { lost.load(ordering: .relaxed) }

    /// The run was cancelled: nobody wants the shard any more.
    func markCancelled() { cancelled.store(true, ordering: .relaxed) }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
}
