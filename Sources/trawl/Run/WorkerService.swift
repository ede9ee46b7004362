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
    private let http = HTTPClient()

    private static let lookEvery = Duration.milliseconds(500)

    /// Throws a usage ``Failure`` before anything is done.
    init(_ arguments: Arguments, drain: DrainFlag, log: Log) throws {
        self.arguments = arguments
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
        options.untilIdle = isUntilIdle
    }

    /// Returns the process's exit code.
    func serve(_ redis: RedisClient) async throws -> Int32 {
        defer { http.close() }
        if let onlyRun {
            return try await serve(run: onlyRun, store: arguments.value("--store"), redis: redis)
        }
        while !drain.isRaised {
            let runs = try await patiently { try await RunRegistry(redis: redis).runs() }
            let codes = await withTaskGroup(of: Int32.self) { group in
                for (run, store) in runs {
                    group.addTask {
                        do {
                            return try await serve(run: run, store: store, redis: redis)
                        } catch {
                            log.with("run", run).error("\((error as? Failure)?.message ?? "\(error)")")
                            return ExitCode.incomplete
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            if isUntilIdle { return codes.max() ?? ExitCode.complete }
            await drainableSleep()
        }
        return ExitCode.complete
    }

    /// Serves one run until it ends, is drained or has nothing left for a worker that ends when idle.
    private func serve(run: String, store path: String?, redis: RedisClient) async throws -> Int32 {
        let log = isSupervised ? log : log.with("run", run)
        var joined: DirectoryStore?
        while !drain.isRaised, !Task.isCancelled {
            let found = try await patiently { try await RunSnapshot.read(redis, run: run) }
            guard let snapshot = found else {
                if isSupervised {
                    await drainableSleep()  // the supervisor builds the schedule again
                } else if let joined {
                    try await rebuild(joined, redis: redis, log: log)
                } else {
                    throw Failure(ExitCode.incomplete, "Redis knows no run '\(run)'; 'trawl plan' puts it there")
                }
                continue
            }
            let store = try DirectoryStore.open(path: path ?? snapshot.store, compression: compression)
            joined = store
            switch try await work(on: store, epoch: snapshot.epoch, redis: redis, log: log) {
            case .drained: return ExitCode.complete
            case .idle: return ExitCode.complete
            case .budgetSpent: return ExitCode.stopped
            case .queueLost:
                throw Failure(
                    ExitCode.unclassified, "Redis did not answer for three leases; everything fetched so far is kept")
            case .stopped(let state):
                if isSupervised || onlyRun != nil {
                    return state == .complete ? ExitCode.complete : ExitCode.incomplete
                }
                return ExitCode.complete
            case .stale:
                // A newer schedule stands, or will.
                log.info("the schedule was built anew; joining it")
                await drainableSleep()
            }
        }
        return ExitCode.complete
    }

    /// Redis has lost a run that was being served: puts back what the store says is owed.
    private func rebuild(_ store: DirectoryStore, redis: RedisClient, log: Log) async throws {
        // All its workers notice at the same time; one schedule is enough.
        try await Task.sleep(for: .milliseconds(Int64.random(in: 0...500)))
        do {
            guard try await RunSnapshot.read(redis, run: store.plan.run) == nil else { return }
            log.warning("Redis has lost the schedule; building it again from the store")
            try await Schedule(redis: redis, store: store, log: log).rebuild()
        } catch QueueError.superseded {
            // Another worker was quicker.
        } catch let error as QueueError {
            log.warning("\(error)")  // wiped once more: the caller looks again
        } catch let error as RedisError {
            log.warning("\(error)")
        }
    }

    private func work(on store: DirectoryStore, epoch: Int, redis: RedisClient, log: Log) async throws -> WorkerEnd {
        let plan = store.plan
        let settings = try APIOptions.settings(arguments, plan: plan, allowedHosts: arguments.values("--allow-host"))
        let queue = try RedisShardQueue(
            redis: redis, run: plan.run, epoch: epoch, worker: name, options: .init(lease: options.lease))
        let limiter = try RedisLimiter(
            redis: redis, name: settings.limiterName, rate: rate,
            budget: try budget.map { try RequestBudget(redis: redis, run: plan.run, most: $0) })
        let source = try APIAccess.source(plan: plan, settings: settings, http: http)
        let worker = Worker(
            plan: plan, queue: queue, limiter: limiter, source: source, store: store, options: options, drain: drain,
            log: log)
        return await worker.run()
    }

    /// Asks a Redis that does not answer again, for as long as a worker at work would: three leases.
    private func patiently<T: Sendable>(_ ask: () async throws -> T) async throws -> T {
        let deadline = ContinuousClock.now + options.lease * 3
        var tries = 0
        while true {
            do {
                return try await ask()
            } catch let error as RedisError where ContinuousClock.now < deadline && !drain.isRaised {
                tries += 1
                if tries == 1 { log.warning("\(error); waiting for it") }
                try await Task.sleep(for: options.idleBackoff.delay(after: tries))
            }
        }
    }

    private func drainableSleep() async {
        // Cancellation and drain are looked at by the loops.
        try? await Task.sleep(for: Self.lookEvery)
    }
}
