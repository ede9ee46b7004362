import TrawlCore

/// Renews a worker's leases and reports its progress, for as long as its fetches advance.
///
/// Runs on an executor of its own. A fetch that stopped advancing is left to lose its lease: a heartbeat that comes
/// from a hung worker is worse than none.
actor LeaseKeeper {
    private let queue: any ShardQueue
    private let options: WorkerOptions
    private let tally: ProgressTally
    private let log: Log
    private var held: [ShardID: HeldLease] = [:]
    private var lastSuccess = ContinuousClock.now
    /// Everything reported so far.
    private var reported = Progress()

    init(queue: any ShardQueue, options: WorkerOptions, tally: ProgressTally, log: Log) {
        self.queue = queue
        self.options = options
        self.tally = tally
        self.log = log
    }

    func hold(_ lease: HeldLease) { held[lease.lease.shard.id] = lease }

    func drop(_ lease: HeldLease) {
        if held[lease.lease.shard.id] === lease { held[lease.lease.shard.id] = nil }
    }

    /// What the worker holds now, and what it has done so far.
    var status: WorkerStatus { WorkerStatus(shards: held.count, progress: reported) }

    /// A claim went through, so the queue is there.
    func noteSuccess() { lastSuccess = .now }

    /// Beats until cancelled. Returns early, with the reason, when the queue could not be reached for three leases.
    func run() async -> WorkerEnd? {
        var lastRenewal = ContinuousClock.now
        while !Task.isCancelled {
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: options.reportEvery)
            let renews = lastRenewal.duration(to: .now) >= options.lease / 3
            if renews { lastRenewal = .now }
            await beat(renewing: renews)
            if lastSuccess.duration(to: .now) > options.lease * 3 {
                for lease in held.values { lease.markLost() }
                return .queueLost
            }
        }
        return nil
    }

    /// Reports what is left to report.
    func reportLast() async { await beat(renewing: false) }

    private func beat(renewing: Bool) async {
        let progress = tally.take()
        let alive =
            renewing
            ? held.values.filter { !$0.isLost && ($0.isWaiting || $0.sinceProgress < options.stallLimit) } : []
        do {
            let reply = try await queue.beat(alive.map(\.lease), progress: progress)
            lastSuccess = .now
            reported += progress
            if reply.state == .cancelled { for lease in held.values { lease.markCancelled() } }
            for lease in held.values
            where reply.lost.contains(lease.lease.shard.id) && alive.contains(where: { $0 === lease }) {
                log.with("shard", lease.lease.shard.id).warning("the lease was lost; this attempt stops")
                lease.markLost()
            }
        } catch {
            tally.putBack(progress)
            log.warning("cannot reach the queue: \(error)")
        }
    }
}
