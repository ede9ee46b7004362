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
    private let observe: WorkerObserver
    private var held: [ShardID: HeldLease] = [:]
    private var lastSuccess = ContinuousClock.now
    /// Beats in a row that could not be made.
    private var silences = 0
    private var lastTurn = ContinuousClock.now
    /// The schedule that this worker knows is no more.
    private var isStale = false
    private let restore: @Sendable () async throws -> Void
    /// Everything reported so far.
    private var reported = Progress()

    /// `restore` sees to it that a schedule stands, or leaves that to others.
    init(
        queue: any ShardQueue, options: WorkerOptions, tally: ProgressTally, log: Log,
        observe: @escaping WorkerObserver,
        restore: @escaping @Sendable () async throws -> Void
    ) {
        self.queue = queue
        self.options = options
        self.tally = tally
        self.log = log
        self.observe = observe
        self.restore = restore
    }

    func hold(_ lease: HeldLease) {
        // Another slot of this worker has it, whose lease ran out.
        if let former = held[lease.lease.shard.id] { lose(former) }
        held[lease.lease.shard.id] = lease
    }

    func drop(_ lease: HeldLease) {
        if held[lease.lease.shard.id] === lease { held[lease.lease.shard.id] = nil }
    }

    private func lose(_ lease: HeldLease) {
        if lease.markLost() { observe(.leaseLost) }
    }

    /// What the worker holds now, and what it has done so far.
    var status: WorkerStatus {
        let activities = held.values.map(\.activity).sorted { $0.shard < $1.shard }
        return WorkerStatus(activities: activities, progress: reported)
    }

    var liveness: WorkerLiveness {
        let stuck = held.values.count { !$0.isWaiting && $0.sinceProgress >= options.stallLimit }
        return WorkerLiveness(shards: held.count, stuck: stuck, sinceTurn: lastTurn.duration(to: .now))
    }

    /// A claim was answered, so the queue is there; whether the schedule is, the state says.
    func noteAnswer(_ state: RunState) {
        if state == .stale { isStale = true } else { lastSuccess = .now }
    }

    /// Beats until cancelled. Returns early, with the reason, when the queue could not be reached for three leases.
    func run() async -> WorkerEnd? {
        var lastRenewal = ContinuousClock.now
        while !Task.isCancelled {
            lastTurn = .now
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: options.reportEvery)
            let renews = lastRenewal.duration(to: .now) >= options.lease / 3
            let begin = ContinuousClock.now
            if isStale {
                await rejoin()
            } else if await beat(renewing: renews), renews {
                lastRenewal = begin
            }
            if lastSuccess.duration(to: .now) > options.lease * 3 {
                for lease in held.values { lose(lease) }
                return .queueLost
            }
        }
        return nil
    }

    /// Reports what is left to report.
    func reportLast() async { _ = await beat(renewing: false) }

    /// The schedule was wiped, rebuilt or brought back by another Redis: goes over to the one that stands, with what is
    /// being fetched. No page that was fetched is fetched again for it.
    private func rejoin() async {
        let mine = held.values.filter { !$0.isLost }
        do {
            try await restore()
            guard let taken = try await queue.rejoin(mine.map(\.lease)) else { return }
            isStale = false
            lastSuccess = .now
            for lease in mine where !taken.contains(lease.lease.shard.id) {
                log.with("shard", lease.lease.shard.id).warning("someone else has it now; this attempt stops")
                lose(lease)
            }
            log.info("the schedule was built anew; \(taken.count) of \(mine.count) shards in hand go on in it")
            // Settled meanwhile: nobody here goes on with these.
            for lease in mine where !lease.isLost && held[lease.lease.shard.id] !== lease {
                do {
                    try await queue.release(lease.lease)
                } catch {
                    log.with("shard", lease.lease.shard.id).warning(
                        "cannot give the shard back, its lease will expire: \(error)")
                }
            }
        } catch {
            log.warning("cannot join the new schedule, trying again: \(error)")
        }
    }

    /// Returns whether it went through.
    private func beat(renewing: Bool) async -> Bool {
        let progress = tally.take()
        let alive =
            renewing
            ? held.values.filter { !$0.isLost && ($0.isWaiting || $0.sinceProgress < options.stallLimit) } : []
        do {
            let reply = try await queue.beat(alive.map(\.lease), progress: progress)
            guard reply.state != .stale else {
                isStale = true
                tally.putBack(progress)
                return false
            }
            lastSuccess = .now
            silences = 0
            reported += progress
            if reply.state == .cancelled { for lease in held.values { lease.markCancelled() } }
            for lease in held.values
            where reply.lost.contains(lease.lease.shard.id) && alive.contains(where: { $0 === lease }) {
                log.with("shard", lease.lease.shard.id).warning("the lease was lost; this attempt stops")
                lose(lease)
            }
        } catch {
            tally.putBack(progress)
            silences += 1
            Repetition.say(silences) { log.warning("cannot reach the queue\($0): \(error)") }
            return false
        }
        return true
    }
}
