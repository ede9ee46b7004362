import Synchronization
package import TrawlCore

/// How a worker ended.
package enum WorkerEnd: Hashable, Sendable {
    /// Asked to, with everything committed or given back.
    case drained
    /// The queue has nothing left for anybody.
    case idle
    /// The run is no longer running: halted, cancelled or complete.
    case stopped(RunState)
    /// No claim and no beat went through for three leases.
    case queueLost
    /// The run's request budget is spent.
    case budgetSpent
}

/// What a worker holds, and what it has done since it began.
package struct WorkerStatus: Hashable, Sendable {
    /// One for each shard it holds, in order of the shards.
    package var activities: [ShardActivity] = []
    package var progress = Progress()

    package init(activities: [ShardActivity] = [], progress: Progress = Progress()) {
        self.activities = activities
        self.progress = progress
    }
}

/// Claims shards of one run and fetches them, several at a time, until it is drained or the run ends.
package final class Worker: Sendable {
    private let queue: any ShardQueue
    private let fetcher: ShardFetcher
    private let options: WorkerOptions
    private let keeper: LeaseKeeper
    private let drain: DrainFlag
    private let log: Log

    /// `observe` is told what it does. `restore` is called while the queue's schedule is gone: it sees to it that one stands, or leaves that to others.
    package init(
        plan: Plan, queue: any ShardQueue, limiter: any RequestLimiter, source: any PageSource, store: any ShardStore,
        options: WorkerOptions, drain: DrainFlag, log: Log, observe: @escaping WorkerObserver = { _ in },
        restore: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.queue = queue
        self.options = options
        self.drain = drain
        self.log = log
        let tally = ProgressTally()
        keeper = LeaseKeeper(
            queue: queue, options: options, tally: tally, log: log, observe: observe, restore: restore)
        fetcher = ShardFetcher(
            plan: plan, queue: queue, limiter: limiter, source: source, store: store, options: options, tally: tally,
            drain: drain, log: log, observe: observe)
    }

    /// What it is doing, for whoever watches.
    package var status: WorkerStatus {
        get async { await keeper.status }
    }

    /// Answered by the lease keeper: no answer means that it hangs.
    package var liveness: WorkerLiveness {
        get async { await keeper.liveness }
    }

    /// Works until one of the ends of ``WorkerEnd``. Cancelling the task abandons the shards in flight at once: their
    /// leases expire, nothing is lost.
    package func run() async -> WorkerEnd {
        let executor = ThreadExecutor()
        defer { executor.stop() }
        let keeper = keeper
        let end = await withTaskGroup(of: WorkerEnd?.self) { group in
            group.addTask(executorPreference: executor) { await keeper.run() }
            for _ in 0..<max(1, options.slots) {
                group.addTask { await self.work() }
            }
            var end: WorkerEnd?
            var working = max(1, options.slots)
            while let finished = await group.next() {
                guard let finished else { continue }
                end = end.map { Self.worse($0, finished) } ?? finished
                working -= 1
                // The watchdog ends everything; otherwise the slots end one by one, and the keeper last.
                if finished == .queueLost || working == 0 { group.cancelAll() }
            }
            return end ?? .drained
        }
        await keeper.reportLast()
        return end
    }

    private static func worse(_ left: WorkerEnd, _ right: WorkerEnd) -> WorkerEnd {
        if left == .queueLost || right == .queueLost { return .queueLost }
        return left == .drained || left == .idle ? right : left
    }

    /// One slot: claim, fetch, again.
    private func work() async -> WorkerEnd {
        var idleTurns = 0
        var failures = 0
        while true {
            if drain.isRaised || Task.isCancelled { return .drained }
            let claim: Claim
            do {
                claim = try await queue.claim(1)
                await keeper.noteAnswer(claim.state)
            } catch {
                idleTurns += 1
                failures += 1
                Repetition.say(failures) { log.warning("cannot claim a shard\($0): \(error)") }
                await pause(options.idleBackoff.delay(after: idleTurns))
                continue
            }
            failures = 0
            for lease in claim.poisoned { fetcher.markPoisoned(lease) }
            if claim.state != .running {
                // The answer to a claim that was made while it was running, and was lost.
                for lease in claim.leases { await giveBack(lease) }
            }
            switch claim.state {
            case .running: break
            case .paused:
                await pause(options.idleBackoff.cap)
                continue
            case .stale:
                // The keeper goes over to the next schedule.
                idleTurns += 1
                await pause(options.idleBackoff.delay(after: idleTurns))
                continue
            case .draining, .cancelled, .complete: return .stopped(claim.state)
            }
            guard let lease = claim.leases.first else {
                if options.untilIdle, claim.nextIn == nil { return .idle }
                idleTurns += 1
                let wait = options.idleBackoff.delay(after: idleTurns)
                await pause(claim.nextIn.map { min(max($0, .milliseconds(10)), options.idleBackoff.cap) } ?? wait)
                continue
            }
            idleTurns = 0
            let held = HeldLease(lease)
            await keeper.hold(held)
            let fate = await fetcher.fetch(held)
            await keeper.drop(held)
            if fate == .budgetSpent { return .budgetSpent }
        }
    }

    private func giveBack(_ lease: Lease) async {
        do {
            try await queue.release(lease)
        } catch {
            log.with("shard", lease.shard.id).warning("cannot give the shard back, its lease will expire: \(error)")
        }
    }

    private func pause(_ duration: Duration) async {
        // Woken early by cancellation or by a drain; both are looked at by the loop.
        await drain.sleep(for: duration)
    }
}

/// Raised once, when the worker shall finish the page in hand and stop claiming.
package final class DrainFlag: Sendable {
    private let raised = Atomic(false)

    package init() {}

    package func raise() { raised.store(true, ordering: .releasing) }

    package var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Returns when the flag is raised or `condition` holds (looked at every 50 ms), or the task is cancelled.
    func raised(or condition: @Sendable () -> Bool) async {
        // A cancelled sleep ends the loop at its condition.
        while !isRaised, !condition(), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(50)) }
    }

    /// Sleeps for `duration`, or until the flag is raised (looked at every 50 ms) or the task is cancelled.
    func sleep(for duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !isRaised, !Task.isCancelled, ContinuousClock.now < end {
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: min(.milliseconds(50), ContinuousClock.now.duration(to: end)))
        }
    }
}
