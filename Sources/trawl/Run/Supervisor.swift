import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// Keeps one run going on this machine: its schedule in Redis, its worker processes, and the decision that it is over.
///
/// What is done and what is owed is read from the store alone. Redis only says when it is worth looking.
struct Supervisor: Sendable {
    /// How a run ended, as far as fetching goes.
    enum End: Sendable {
        /// Every leaf has a part.
        case fetched
        /// Nothing is left to fetch, but some shards gave up.
        case dead
        case halted(Halt)
        case signalled(Int32)
        case stopped(code: Int32, message: String)
    }

    struct Options: Sendable {
        var workers = 2
        var rate: RequestRate?
        /// The most requests the run may make.
        var budget: Int?
        var deadline: ContinuousClock.Instant?
        var giveUpAfter = Duration.seconds(120)
        /// A run that is throttled all the time is given up later: the API is there, and says to wait.
        var giveUpThrottledAfter = Duration.seconds(900)
        /// As long as workers wait for a Redis that does not answer: three leases.
        var giveUpRedisAfter = Duration.seconds(90)
        var drainTimeout = Duration.seconds(60)
    }

    /// Workers that end this often without a page in between are not started again.
    private static let fruitlessRestarts = 10
    private static let lookEvery = Duration.milliseconds(200)

    let store: DirectoryStore
    let schedule: Schedule
    let pool: WorkerPool
    /// Called when Redis does not answer: starts a private one again that has ended.
    let revive: @Sendable () async throws -> Void
    let options: Options
    let console: Console
    let log: Log

    func run(signals: AsyncStream<Int32>) async throws -> End {
        let signal = SignalFlag()
        let watch = Task {
            for await number in signals {
                if signal.raise(number) {
                    console.note("finishing the pages in hand; a second signal stops at once")
                } else {
                    await pool.stop()
                }
            }
        }
        defer { watch.cancel() }
        let end: End
        do {
            for _ in 0..<options.workers { try await pool.start() }
            end = try await supervise(signal)
        } catch {
            await pool.stop()
            await pool.wait(atMost: options.drainTimeout)
            throw error
        }
        console.clearStatus()
        await pool.drain()
        await pool.wait(atMost: options.drainTimeout)
        switch end {
        // The pages in hand may have been the last ones.
        case .signalled, .stopped: return try store.ledger().isComplete ? .fetched : end
        case .fetched, .dead, .halted: return end
        }
    }

    /// What one look at the run leaves for the next.
    private struct Watch {
        var report: ProgressReport
        var lastPage = (count: 0, at: ContinuousClock.now)
        var restarts = (sincePage: 0, pages: 0)
        /// Workers that ended and have not been replaced yet.
        var ended: [WorkerPool.Ended] = []
        /// Since when Redis does not answer.
        var outage: ContinuousClock.Instant?
        /// The schedule was replaced or lost under a command.
        var mustInstall = false
    }

    private func supervise(_ signal: SignalFlag) async throws -> End {
        let begun = try store.ledger()
        var watch = Watch(
            report: ProgressReport(
                console: console, rate: options.rate, doneBefore: begun.parts.count + begun.splits))
        while true {
            if let number = signal.raised { return .signalled(number) }
            if let deadline = options.deadline, ContinuousClock.now >= deadline {
                return .stopped(code: ExitCode.stopped, message: "the deadline has come")
            }
            do {
                if let end = try await look(&watch) { return end }
                watch.outage = nil
            } catch let error as RedisError {
                if let end = try await endure(error, &watch) { return end }
            } catch let error as QueueError {
                log.warning("\(error)")
                watch.mustInstall = true
            }
            try await Task.sleep(for: Self.lookEvery)
        }
    }

    /// Sees to everything that has happened since the last look. Nil while the run goes on.
    private func look(_ watch: inout Watch) async throws -> End? {
        if watch.mustInstall {
            try await schedule.install()
            watch.mustInstall = false
        }
        watch.ended += await pool.takeEnded()
        var snapshot = try await schedule.snapshot()
        if snapshot == nil {
            log.warning("Redis has lost the schedule; building it again from the store")
            try await schedule.rebuild()
            snapshot = try await schedule.snapshot()
        }
        guard let snapshot else { return nil }
        if let halt = snapshot.halt { return .halted(halt) }

        if snapshot.progress.pages != watch.lastPage.count { watch.lastPage = (snapshot.progress.pages, .now) }
        let silence = watch.lastPage.at.duration(to: .now)
        if let end = giveUp(snapshot, silence: silence) { return end }

        if snapshot.open == 0 {
            let ledger = try store.ledger()
            if ledger.owed.isEmpty { return ledger.dead.isEmpty ? .fetched : .dead }
            log.warning(
                "the schedule is empty, but \(Quantity.count(ledger.owed.count, "shard")) are owed; building it again")
            try await schedule.rebuild()
        }
        while let worker = watch.ended.last {
            if let budget = options.budget, worker.end == .exited(ExitCode.stopped) {
                return .stopped(
                    code: ExitCode.stopped, message: "the run has made the \(budget) requests of --max-requests")
            }
            try await replace(worker, pages: snapshot.progress.pages, restarts: &watch.restarts)
            watch.ended.removeLast()
        }
        watch.report.show(
            snapshot,
            note: silence > .seconds(20) ? "no page for \(Quantity.duration(seconds: silence.seconds))" : nil)
        return nil
    }

    /// Redis does not answer. What it held can be built again, so that is no reason to end, unless it lasts.
    private func endure(_ error: RedisError, _ watch: inout Watch) async throws -> End? {
        if watch.outage == nil { log.warning("\(error); waiting for it") }
        let since = watch.outage ?? .now
        watch.outage = since
        let silence = since.duration(to: .now)
        if silence > options.giveUpRedisAfter {
            return .stopped(
                code: ExitCode.incomplete,
                message: "Redis has not answered for \(Quantity.duration(seconds: silence.seconds)): \(error)")
        }
        try await revive()
        return nil
    }

    /// When nothing has come for so long that nobody should wait.
    private func giveUp(_ snapshot: RunSnapshot, silence: Duration) -> End? {
        guard snapshot.open > 0 else { return nil }
        let progress = snapshot.progress
        if silence > options.giveUpAfter, progress.unreachable > 0, progress.throttled == 0 {
            return .stopped(
                code: ExitCode.incomplete,
                message: "the API could not be reached for \(Quantity.duration(seconds: silence.seconds)); "
                    + "check the address and the network, then run the same command again")
        }
        if silence > options.giveUpThrottledAfter {
            return .stopped(
                code: ExitCode.incomplete,
                message: "no page came for \(Quantity.duration(seconds: silence.seconds))"
                    + (progress.throttled > 0 ? " (the API keeps answering 429)" : "")
                    + "; run the same command again later")
        }
        return nil
    }

    /// Gives back what a dead worker held, at once rather than when its leases expire, and starts another.
    private func replace(
        _ worker: WorkerPool.Ended, pages: Int, restarts: inout (sincePage: Int, pages: Int)
    ) async throws {
        let given = try await schedule.reclaim(worker: worker.name)
        log.warning("a worker \(worker.end); \(Quantity.count(given, "shard")) given back, starting another")
        restarts = restarts.pages == pages ? (restarts.sincePage + 1, pages) : (1, pages)
        guard restarts.sincePage <= Self.fruitlessRestarts else {
            throw Failure(
                ExitCode.unclassified,
                "workers end as soon as they start (the last one \(worker.end)); run with --verbose to see why")
        }
        try await pool.start()
    }
}
