import Glibc
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
        /// Every leaf has a part, or is skipped.
        case fetched
        /// Nothing is left to fetch, but some shards gave up.
        case dead
        case halted(Halt)
        /// By the operator, with `trawl cancel`.
        case cancelled
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
        var drainTimeout = Duration.seconds(60)
        /// How long a silent Redis is waited for: as long as workers do.
        var redisOutage = Duration.seconds(90)
    }

    /// Workers that end this often without a page in between are not started again.
    private static let fruitlessRestarts = 10
    /// After a second signal.
    private static let lastPatience = Duration.seconds(10)
    private static let lookEvery = Duration.milliseconds(200)
    /// For workers to hear of a cancellation with their next beat, and to let the pages in hand arrive.
    private static let cancellationTime = Duration.seconds(5)

    let store: DirectoryStore
    let schedule: Schedule
    let pool: WorkerPool
    /// The Redis that ends with the run; nil where the operator keeps one.
    let privateRedis: PrivateRedis?
    let options: Options
    let report: ProgressReport
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
                    // Whatever still waits, such as for a reader of standard output that does not read, keeps nobody.
                    try? await Task.sleep(for: Self.lastPatience)
                    if !Task.isCancelled { _exit(ExitCode.signalled(number)) }
                }
            }
        }
        defer { watch.cancel() }
        let display = Task { await report.run() }
        defer { display.cancel() }
        let end: End
        do {
            for _ in 0..<options.workers { try await pool.start() }
            end = try await supervise(signal)
            if case .signalled = end { report.note("finishing the pages in hand; a second signal stops at once") }
        } catch {
            await pool.stop()
            await pool.wait(atMost: options.drainTimeout)
            await report.finish()
            throw error
        }
        // Workers that hear of a cancellation end what they are fetching, jobs at the API included; a drain does not.
        if case .cancelled = end { await pool.waitForEnds(atMost: Self.cancellationTime) }
        await pool.drain()
        await pool.wait(atMost: options.drainTimeout)
        display.cancel()
        await report.finish()
        switch end {
        // The pages in hand may have been the last ones.
        case .signalled, .stopped, .cancelled: return try store.ledger().isSettled ? .fetched : end
        case .fetched, .dead, .halted: return end
        }
    }

    /// What the supervisor remembers from one look to the next.
    private struct Memory {
        var last = LastAnswer(progress: Progress(), at: .now)
        var restarts = (sincePage: 0, pages: 0)
        /// When Redis was last heard of, while it is silent.
        var silentSince: ContinuousClock.Instant?
        /// The schedule was lost or replaced under a command.
        var mustInstall = false
        var isPaused = false
        /// Workers that ended and have not been replaced yet.
        var ended: [WorkerPool.Ended] = []
    }

    private func supervise(_ signal: SignalFlag) async throws -> End {
        var memory = Memory()
        while true {
            if let number = signal.raised { return .signalled(number) }
            if let deadline = options.deadline, ContinuousClock.now >= deadline {
                return .stopped(code: ExitCode.stopped, message: "the deadline has come")
            }
            do {
                if let end = try await look(&memory) { return end }
                memory.silentSince = nil
            } catch let error as RedisError {
                try bear(error, &memory)
            } catch let error as QueueError {
                // The schedule was lost or replaced under a command.
                log.warning("\(error)")
                memory.mustInstall = true
            }
            try await Task.sleep(for: Self.lookEvery)
        }
    }

    /// One look at Redis and the workers. Whatever it could not do because Redis is silent, the next look does.
    private func look(_ memory: inout Memory) async throws -> End? {
        if let privateRedis, try await privateRedis.revive() {
            log.warning("the private redis-server ended; started another")
        }
        if memory.mustInstall {
            try await schedule.install(inMidRun: true)
            memory.mustInstall = false
        }
        memory.ended += await pool.takeEnded()
        guard let snapshot = try await schedule.standing() else {
            log.warning("Redis has lost the schedule; building it again from the store")
            try await schedule.rebuild(inMidRun: true)
            return nil
        }
        if let halt = snapshot.halt { return .halted(halt) }
        if snapshot.state == .cancelled { return .cancelled }
        note(snapshot, &memory)

        // A paused run is silent because it was told to be.
        if snapshot.progress.answers != memory.last.progress.answers || snapshot.open == 0 || memory.isPaused {
            memory.last = LastAnswer(progress: snapshot.progress, at: .now)
        }
        if let end = giveUp(snapshot, since: memory.last) { return end }
        if snapshot.open > 0, snapshot.waiting == snapshot.open, !memory.isPaused { return waiting(snapshot) }

        if snapshot.open == 0 {
            let ledger = try store.ledger()
            if ledger.owed.isEmpty { return ledger.dead.isEmpty ? .fetched : .dead }
            let owed = Quantity.count(ledger.owed.count, "shard")
            log.warning("the schedule is empty, but the store lacks \(owed); building it again")
            try await schedule.rebuild(inMidRun: true)
        }
        while let worker = memory.ended.last {
            if let budget = options.budget, worker.end == .exited(ExitCode.stopped) {
                return .stopped(
                    code: ExitCode.stopped,
                    message:
                        "the run has made the \(Quantity.grouped(budget)) requests of --max-requests, which count from its beginning: give a higher limit"
                )
            }
            try await replace(worker, pages: snapshot.progress.pages, restarts: &memory.restarts)
            memory.ended.removeLast()
        }
        let silence = memory.last.at.duration(to: .now)
        let silent = silence > .seconds(20) ? "no answer for \(Quantity.duration(seconds: silence.seconds))" : nil
        report.note(memory.isPaused ? nil : silent)
        return nil
    }

    /// Says when an operator pauses the run or lets it go on.
    private func note(_ snapshot: RunSnapshot, _ memory: inout Memory) {
        let isPaused = snapshot.state == .paused
        guard isPaused != memory.isPaused else { return }
        memory.isPaused = isPaused
        console.line(
            isPaused
                ? "paused: the shards in hand are finished, and no more is fetched until 'trawl resume \(store.root)'"
                : "resumed")
    }

    /// Waits a while for a Redis that does not answer.
    private func bear(_ error: RedisError, _ memory: inout Memory) throws {
        guard let begin = memory.silentSince else {
            log.warning("\(error)")
            memory.silentSince = .now
            return
        }
        guard begin.duration(to: .now) < options.redisOutage else {
            throw Failure(
                ExitCode.incomplete,
                "Redis has been of no use for \(Quantity.duration(seconds: options.redisOutage.seconds)): \(error); "
                    + "everything fetched so far is kept, run the same command again when it does")
        }
    }

    /// All that is open waits for the API's data to be complete, which may take days: nobody should wait for that.
    private func waiting(_ snapshot: RunSnapshot) -> End {
        .stopped(
            code: ExitCode.incomplete,
            message:
                "\(Quantity.count(snapshot.waiting, "shard")) not fetched yet: the API's data is complete only up to "
                + "\(snapshot.availableTo ?? "an earlier instant") (dataAvailabilityDate)")
    }

    /// What had been counted when the latest answer of use came, and when that was.
    private struct LastAnswer {
        let progress: Progress
        let at: ContinuousClock.Instant
    }

    /// When nothing but failures has come for so long that nobody should wait.
    private func giveUp(_ snapshot: RunSnapshot, since last: LastAnswer) -> End? {
        let silence = last.at.duration(to: .now)
        let time = Quantity.duration(seconds: silence.seconds)
        let isThrottled = snapshot.progress.throttled > last.progress.throttled
        if silence > options.giveUpAfter, !isThrottled, snapshot.progress.failures > last.progress.failures {
            let isUnreachable = snapshot.progress.unreachable > last.progress.unreachable
            return .stopped(
                code: ExitCode.incomplete,
                message: isUnreachable
                    ? "the API could not be reached for \(time); check the address and the network"
                    : "the API has answered with nothing but errors for \(time)")
        }
        if silence > options.giveUpThrottledAfter {
            return .stopped(
                code: ExitCode.incomplete,
                message: isThrottled
                    ? "the API has answered 429 for \(time): is --rate what the organisation may use, and does anyone else use it?"
                    : "no answer of use has come for \(time)")
        }
        return nil
    }

    /// Gives back what a dead worker held, at once rather than when its leases expire, and starts another.
    private func replace(
        _ worker: WorkerPool.Ended, pages: Int, restarts: inout (sincePage: Int, pages: Int)
    ) async throws {
        // One without memory can be read, and takes nothing: other workers would end in the same way.
        if worker.end == .exited(ExitCode.incomplete) { try await schedule.checkWritable() }
        let given: Int
        do {
            given = try await schedule.reclaim(worker: worker.name)
        } catch {
            log.warning("cannot give back the shards of a worker that ended, their leases will expire: \(error)")
            given = 0
        }
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
