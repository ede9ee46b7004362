import Guarded
import HTTP
import Redis
import TrawlCore
import TrawlEngine
import TrawlQueue
import TrawlSource
import TrawlStore

/// Serves the runs of one Redis, each with a worker of its own, for as long as they are open.
struct WorkerService: Sendable {
    private let arguments: Arguments
    private let drain: DrainFlag
    private let log: Log
    private let rate: RequestRate?
    private let budget: Int?
    private let compression: Compression
    private let name: String
    private let onlyRun: String?
    private let isUntilIdle: Bool
    private let isSupervised: Bool
    private var options = WorkerOptions()
    private let http: HTTPClient
    private let reporter: WorkerReporter
    private let metrics = WorkerMetrics()
    /// Nil where no service manager wants to be told.
    private let manager: ServiceManager?

    /// The loops below, for the service manager: of the service itself and of each run while no ``Worker`` is at it.
    private let pulses = LoopPulses()
    private static let serviceLoop = "service"
    /// Set once there was a first look at what is to be served.
    private let isServing = Guarded(false)

    /// Runs that this worker has stopped serving, handed from their tasks to the one that starts them.
    private let endedRuns = Guarded<[String]>([])

    /// How long a run that ended is left alone.
    private static let barredFor = Duration.seconds(5)
    /// Between two looks at a run that has nothing but dead shards left.
    private static let deadPause = Duration.seconds(30)
    private static let lookEvery = Duration.milliseconds(500)

    /// Throws a usage ``Failure`` before anything is done.
    init(_ arguments: Arguments, drain: DrainFlag, manager: ServiceManager? = nil, log: Log) throws {
        self.arguments = arguments
        self.manager = manager
        self.drain = drain
        self.log = log
        rate = try APIOptions.rate(arguments)
        budget = try arguments.positiveInteger("--max-requests")
        compression = try StoreOptions.compression(arguments)
        name = arguments.value("--name") ?? ProcessIdentity.name
        onlyRun = arguments.value("--run")
        isUntilIdle = arguments.flag("--until-idle")
        isSupervised = arguments.flag("--supervised")
        if let slots = try arguments.positiveInteger("--slots", atMost: 256) { options.slots = slots }
        if let limit = try arguments.value("--job-timeout", expecting: "a duration such as 30m", DurationText.parse) {
            options.jobTimeout = limit
        }
        if let lease = try LeaseOption.duration(arguments) { options.lease = lease }
        options.leavesJobs = !arguments.flag("--end-jobs")
        // A supervisor looks after an empty queue itself.
        options.untilIdle = !isSupervised
        http = HTTPClient(authorities: APIOptions.authorities(arguments))
        reporter = WorkerReporter(name: name, slots: options.slots)
    }

    /// For those who watch over HTTP.
    var monitor: WorkerMonitor {
        WorkerMonitor(
            name: name, slots: options.slots, pulses: pulses, reporter: reporter, metrics: metrics, drain: drain)
    }

    /// Returns the process's exit code.
    func serve(_ redis: RedisClient) async throws -> Int32 {
        defer { http.close() }
        let reporting = Task { await reporter.run(redis) }
        let telling = manager.map { manager in
            let reporter = reporter
            let isServing = isServing
            let service = ServiceReporter(
                manager, health: WorkerHealth(slots: options.slots, pulses: pulses),
                isDraining: { [drain] in drain.isRaised }
            ) {
                reporter.working
            }
            return Task { await service.run { isServing.with(\.self) } }
        }
        let served: Result<Int32, any Error>
        do {
            served = .success(try await serveRuns(redis))
        } catch {
            served = .failure(error)
        }
        reporting.cancel()
        telling?.cancel()
        await reporting.value
        await telling?.value
        return try served.get()
    }

    private func serveRuns(_ redis: RedisClient) async throws -> Int32 {
        if let onlyRun {
            return try await serve(run: onlyRun, store: arguments.value("--store"), redis: redis)
        }
        return try await withThrowingTaskGroup(of: (run: String, code: Int32).self) { group in
            var serving: Set<String> = []
            var worst = ExitCode.complete
            /// Runs that cannot be served now, and when to try again.
            var barred: [String: ContinuousClock.Instant] = [:]
            while !drain.isRaised {
                let runs = try await patiently(Self.serviceLoop) { try await RunRegistry(redis: redis).runs() }
                isServing.with { $0 = true }
                for (run, store) in runs where !serving.contains(run) && barred[run].map({ $0 <= .now }) ?? true {
                    serving.insert(run)
                    group.addTask { (run, await serveReporting(run: run, store: store, redis: redis)) }
                }
                if isUntilIdle {
                    pulses.rest(Self.serviceLoop)
                    for try await ended in group { worst = max(worst, ended.code) }
                    return worst
                }
                // The group is asked only for runs that have ended, so that new ones are seen meanwhile.
                let ended = endedRuns.with { runs in
                    defer { runs = [] }
                    return runs
                }
                for run in ended {
                    serving.remove(run)
                    barred[run] = .now + Self.barredFor
                }
                await drainableSleep(Self.serviceLoop)
            }
            // The runs are drained while the group ends.
            pulses.rest(Self.serviceLoop)
            return ExitCode.complete
        }
    }

    /// As ``serve(run:store:redis:)``, for one of many: its failure is logged and does not end the others.
    private func serveReporting(run: String, store: String, redis: RedisClient) async -> Int32 {
        defer { endedRuns.with { $0.append(run) } }
        do {
            return try await serve(run: run, store: store, redis: redis)
        } catch {
            let failure = Failure(anything: error)
            log.with("run", run).error(failure.message)
            return failure.code
        }
    }

    /// Serves one run until it ends, is drained or has nothing left for a worker that ends when idle.
    private func serve(run: String, store path: String?, redis: RedisClient) async throws -> Int32 {
        let log = isSupervised ? log : log.with("run", run)
        let loop = "run \(run)"
        defer { pulses.rest(loop) }
        var joined: DirectoryStore?
        while !drain.isRaised, !Task.isCancelled {
            let found = try await patiently(loop) { try await RunSnapshot.read(redis, run: run) }
            isServing.with { $0 = true }
            if found == nil, joined == nil, !isSupervised {
                throw Failure(ExitCode.incomplete, "Redis knows no run '\(run)'; 'trawl plan' puts it there")
            }
            if joined == nil, let storePath = path ?? found?.store {
                joined = try DirectoryStore.open(path: storePath, compression: compression)
                joined?.noteReading = { [pulses] in pulses.noteReading() }
            }
            guard let store = joined, let snapshot = found, try Schedule.stands(snapshot, of: store) else {
                if let joined { try await restore(joined, redis: redis, log: log) }
                await drainableSleep(loop)
                continue
            }
            switch try await work(on: store, epoch: snapshot.epoch, loop: loop, redis: redis, log: log) {
            case .drained: return ExitCode.complete
            case .idle:
                if let code = try await settleIdle(store, loop: loop, redis: redis, log: log) { return code }
            case .budgetSpent: return ExitCode.stopped
            case .queueLost:
                throw Failure(
                    ExitCode.incomplete,
                    "Redis did not answer, or had no schedule of the run, for three leases; everything fetched so far is kept"
                )
            case .stopped(let state):
                if isSupervised || onlyRun != nil {
                    return state == .complete ? ExitCode.complete : ExitCode.incomplete
                }
                return ExitCode.complete
            }
        }
        return ExitCode.complete
    }

    /// The queue has nothing left. Whether the run is complete, only the store knows. Nil to go on serving it.
    private func settleIdle(
        _ store: DirectoryStore, loop: String, redis: RedisClient, log: Log
    ) async throws -> Int32? {
        let ledger = try store.ledger()
        if ledger.isComplete {
            try await Schedule(redis: redis, store: store, log: log).complete()
            log.info("every shard is fetched; 'trawl merge \(store.root)' makes the result")
            return ExitCode.complete
        }
        if !ledger.owed.isEmpty {
            let owed = Quantity.count(ledger.owed.count, "shard")
            try await rebuild(
                store, redis: redis, log: log, because: "the schedule is empty, but the store lacks \(owed)"
            ) {
                $0.map { $0.open == 0 } ?? true
            }
            return nil
        }
        if isUntilIdle { return ExitCode.incomplete }
        // Only dead shards are left, and only an operator can change that: looking means reading the whole store.
        let next = ContinuousClock.now + Self.deadPause
        while ContinuousClock.now < next, !drain.isRaised, !Task.isCancelled { await drainableSleep(loop) }
        return nil
    }

    /// Where no supervisor does it: builds the schedule again that Redis has lost, or has an older one of.
    private func restore(_ store: DirectoryStore, redis: RedisClient, log: Log) async throws {
        if isSupervised { return }
        func isLost(_ snapshot: RunSnapshot?) throws -> Bool {
            try snapshot.map { try !Schedule.stands($0, of: store) } ?? true
        }
        guard try isLost(try await RunSnapshot.read(redis, run: store.plan.run)) else { return }
        try await rebuild(store, redis: redis, log: log, because: "Redis has lost the schedule", ifStill: isLost)
    }

    /// Puts back what the store says is owed, if it is still needed after a moment: all workers of a run notice at the
    /// same time, and one schedule is enough.
    private func rebuild(
        _ store: DirectoryStore, redis: RedisClient, log: Log, because reason: String,
        ifStill isNeeded: (RunSnapshot?) throws -> Bool
    ) async throws {
        try await Task.sleep(for: .milliseconds(Int64.random(in: 0...500)))
        do {
            guard try isNeeded(try await RunSnapshot.read(redis, run: store.plan.run)) else { return }
            log.warning("\(reason); building it again from the store")
            try await Schedule(redis: redis, store: store, log: log).rebuild(inMidRun: true)
        } catch QueueError.superseded {
            // Another worker was quicker.
        } catch let error as QueueError {
            log.warning("\(error)")  // wiped once more: the caller looks again
        } catch let error as RedisError {
            log.warning("\(error)")
        }
    }

    private func work(
        on store: DirectoryStore, epoch: Int, loop: String, redis: RedisClient, log: Log
    ) async throws -> WorkerEnd {
        let plan = store.plan
        let joined = try store.join()
        defer { withExtendedLifetime(joined) {} }
        let settings = try APIOptions.settings(arguments, plan: plan, allowedHosts: arguments.values("--allow-host"))
        let queue = try RedisShardQueue(
            redis: redis, run: plan.run, epoch: epoch, worker: name, options: .init(lease: options.lease))
        let limiter = try RedisLimiter(
            redis: redis, name: settings.limiterName, rate: rate,
            budget: try budget.map { try RequestBudget(redis: redis, run: plan.run, most: $0) },
            after: Slot(time: store.highestSlot))
        let source = try APIAccess.source(plan: plan, settings: settings, http: http)
        let worker = Worker(
            plan: plan, queue: queue, limiter: limiter, source: source, store: store, options: options, drain: drain,
            log: log, observe: { [metrics] in metrics.observe($0) },
            restore: { try await restore(store, redis: redis, log: log) })
        reporter.begin(worker, run: plan.run, limiter: settings.limiterName, store: store.root)
        // From here to its end the worker's own loops answer for the run.
        pulses.rest(loop)
        let end = await worker.run()
        pulses.turn(loop)
        await reporter.end(run: plan.run)
        return end
    }

    /// Asks a Redis that does not answer again, for as long as a worker at work would: three leases.
    private func patiently<T: Sendable>(_ loop: String, _ ask: () async throws -> T) async throws -> T {
        let deadline = ContinuousClock.now + options.lease * 3
        var tries = 0
        while true {
            pulses.turn(loop)
            do {
                return try await ask()
            } catch let error as RedisError where ContinuousClock.now < deadline && !drain.isRaised {
                tries += 1
                if tries == 1 { log.warning("\(error); waiting for it") }
                try await Task.sleep(for: options.idleBackoff.delay(after: tries))
            }
        }
    }

    private func drainableSleep(_ loop: String) async {
        pulses.turn(loop)
        // Cancellation and drain are looked at by the loops.
        try? await Task.sleep(for: Self.lookEvery)
    }
}
