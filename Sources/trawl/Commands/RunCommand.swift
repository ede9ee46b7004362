import Foundation
import Redis
import TrawlCore
import TrawlQueue
import TrawlSource
import TrawlStore

/// `trawl run`: plan, fetch, merge and verdict on one machine.
enum RunCommand {
    static let spec = CommandSpec(
        name: "run", summary: "extract an interval on this machine: plan, fetch, merge, verdict",
        examples: [
            .init(
                purpose: "January, with credentials from the environment; the same line again resumes",
                line: "trawl run --from 2024-01-01 --to 2024-02-01 --out january"),
            .init(
                purpose: "a year in Berlin's days, four worker processes, a quota of 600 requests a minute",
                line:
                    "trawl run --from 2023-01-01 --to 2024-01-01 --out 2023 --timezone Europe/Berlin --workers 4 --rate 600/60s"
            ),
            .init(
                purpose: "stop after an hour or 5,000 requests, whichever comes first; go on tomorrow",
                line: "trawl run --from 2022-01-01 --to 2023-01-01 --out 2022 --deadline 1h --max-requests 5000"),
        ],
        sections: [
            ("What to extract", PlanOptions.options),
            (
                "Where to",
                [
                    OptionSpec(
                        "--out", "DIR", "the run's directory; made if missing, refused if it holds another run",
                        takes: .directory),
                    StoreOptions.compression,
                    OptionSpec("--format", "KIND", "ndjson, the only one", takes: .words(["ndjson"])),
                ]
            ),
            ("The API", APIOptions.options),
            (
                "How",
                [
                    OptionSpec("--workers", "N", "worker processes (default 2)"),
                    OptionSpec(
                        "--allow-gaps", nil,
                        "where shards gave up, merge without them, labelled (exit 3); skipped ones need no flag"),
                    RedisArguments.option,
                    OptionSpec("--deadline", "TIME", "stop cleanly (exit 6) after a duration or at an instant"),
                    OptionSpec(
                        "--give-up-after", "TIME",
                        "end (exit 3) when the API cannot be reached for this long (default 2m)"),
                    OptionSpec(
                        "--drain-timeout", "TIME", "how long workers may take to finish their pages (default 60s)"),
                    RunMonitor.option, LeaseOption.spec,
                ]
            ),
            ("Output", OutputOptions.options + [OutputOptions.logFormat]),
        ],
        notes: [
            APIOptions.note,
            "Without --redis a private redis-server runs inside DIR and ends with the run. Ctrl-C finishes the pages in "
                + "hand and keeps everything; run the same command again to go on.",
            "A terminal shows the run as it moves; elsewhere a line comes every 30 seconds. With --json, standard output is a "
                + "stream of events, one JSON object a line, and ends with one 'result', whatever happens "
                + "(docs/terminal.md).",
        ],
        streamsEvents: true,
        run: { try await run($0) })

    /// A run without an account, to begin with.
    static let trial = [
        "trawl simulate --from 2024-01-01 --to 2024-01-08 --port 8080 &",
        "export \(APIOptions.idVariable)=simulator \(APIOptions.secretVariable)=simulator-secret",
        "trawl run --from 2024-01-01 --to 2024-01-08 --out january --api-url http://127.0.0.1:8080",
    ]

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let console = OutputOptions.console(arguments)
        let log = console.log()
        let request = try PlanOptions.request(arguments)
        guard let out = try arguments.value("--out", expecting: "a directory", { $0.isEmpty ? nil : $0 }) else {
            throw Failure.usage("--out is missing: name the run's directory, such as --out january")
        }
        _ = try arguments.value("--format", expecting: "ndjson") { $0 == "ndjson" ? $0 : nil }
        let compression = try StoreOptions.compression(arguments)
        let rate = try APIOptions.rate(arguments)
        let redisURL = try RedisArguments.url(arguments)
        let budget = try arguments.positiveInteger("--max-requests")
        let slots = try arguments.positiveInteger("--slots", atMost: 256)
        _ = try arguments.value("--job-timeout", expecting: "a duration such as 30m", DurationText.parse)
        var options = Supervisor.Options(rate: rate, budget: budget)
        options.workers = try arguments.positiveInteger("--workers", atMost: 64) ?? options.workers
        options.deadline = try Deadline.parse(arguments)
        if let limit = try arguments.value("--give-up-after", expecting: "a duration such as 2m", DurationText.parse) {
            options.giveUpAfter = limit
        }
        if let limit = try arguments.value("--drain-timeout", expecting: "a duration such as 60s", DurationText.parse) {
            options.drainTimeout = limit
        }

        if let lease = try LeaseOption.duration(arguments) { options.redisOutage = lease * 3 }

        let path = URL(fileURLWithPath: out).standardizedFileURL.path
        if let done = try finished(path, request: request, compression: compression) {
            return RunResult.report(done, store: path, arguments: arguments, console: console, isRepeat: true)
        }
        let settings = try APIOptions.settings(arguments)
        try await APIAccess.check(settings)
        if let redisURL {
            try await RedisArguments.connect(redisURL, name: "trawl-run", requiringFitness: log).close()
        }

        let monitor = try RunMonitor(arguments, log: log)
        defer { monitor.stop() }
        let signals = SignalWatch.signals()
        let plan = Planning.plan(request, settings: settings)
        let store = try DirectoryStore.create(path: path, plan: plan, compression: compression)
        monitor.name(store.plan.run)
        let lock = try store.lock()
        defer { withExtendedLifetime(lock) {} }
        let privateRedis: PrivateRedis?
        let url: RedisURLText
        if let redisURL {
            privateRedis = nil
            url = RedisURLText(redisURL, given: arguments)
        } else {
            try store.sweep()
            let started = try await PrivateRedis.start(store: path, environment: arguments.environment, log: log)
            privateRedis = started
            url = RedisURLText(socket: started.socket)
        }
        do {
            let end = try await fetch(
                store: store, settings: settings, redis: url, options: options, slots: slots,
                privateRedis: privateRedis, arguments: arguments, console: console, monitor: monitor, signals: signals,
                log: log)
            await privateRedis?.stop()
            // A merge has nothing to drain: stopped at once, it is made again by the next run.
            SignalWatch.endAll()
            return try conclude(end, store: store, arguments: arguments, console: console, monitor: monitor)
        } catch {
            await privateRedis?.stop()
            throw error
        }
    }

    /// A run that has ended 0 already.
    private static func finished(_ path: String, request: PlanRequest, compression: Compression) throws -> Manifest? {
        guard FileManager.default.fileExists(atPath: path + "/_SUCCESS") else { return nil }
        let plan = Planning.plan(request, apiURL: "", loginURL: "")
        let store = try DirectoryStore.create(path: path, plan: plan, compression: compression)
        // A file of out/ that was removed asks for its shard to be fetched again; a result that is not whole, to be merged.
        return try store.standingResult(store.ledger())
    }

    private static func fetch(
        store: DirectoryStore, settings: APISettings, redis url: RedisURLText, options: Supervisor.Options, slots: Int?,
        privateRedis: PrivateRedis?, arguments: Arguments, console: Console, monitor: RunMonitor,
        signals: AsyncStream<Int32>, log: Log
    ) async throws -> Supervisor.End {
        let redis = try await RedisArguments.connect(url.url, name: "trawl-run")
        monitor.watch(redis)
        defer {
            monitor.watch(nil)
            redis.close()
        }
        let schedule = Schedule(redis: redis, store: store, log: log)
        let ledger = try store.ledger()
        console.note(
            "run \(store.plan.run): \(Quantity.count(ledger.leaves, "shard")), \(Quantity.grouped(ledger.parts.count)) done, "
                + "\(Quantity.grouped(ledger.owed.count)) owed"
                + (ledger.dead.isEmpty ? "" : ", \(Quantity.grouped(ledger.dead.count)) dead")
                + (ledger.skipped.isEmpty ? "" : ", \(Quantity.grouped(ledger.skipped.count)) skipped")
                + (options.rate.map { "; quota \($0)" } ?? "; no quota"))
        EventStream.emit("plan", plan(store, ledger, options))
        if ledger.owed.isEmpty { return ledger.dead.isEmpty ? .fetched : .dead }
        let since = try await RunEvent.latest(redis, run: store.plan.run, count: 1).first?.id
        try await schedule.install()

        var words = [
            Executable.own, "worker", "--supervised", "--run", store.plan.run, "--store", store.root, "--api-url",
            settings.apiURL, "--login-url", settings.loginURL, "--rate", options.rate?.description ?? "none",
            "--compress",
            store.compression.rawValue, "--drain-timeout", DurationText.format(options.drainTimeout),
        ]
        if let slots { words += ["--slots", String(slots)] }
        if let limit = arguments.value("--job-timeout") { words += ["--job-timeout", limit] }
        if let lease = arguments.value(LeaseOption.spec.name) { words += [LeaseOption.spec.name, lease] }
        if privateRedis != nil { words.append("--end-jobs") }
        if arguments.flag("--insecure-http") { words.append("--insecure-http") }
        if let budget = options.budget { words += ["--max-requests", String(budget)] }
        if console.isVerbose { words.append("--verbose") }
        let command = words
        let pool = WorkerPool(
            environment: APIOptions.workerEnvironment(arguments),
            secrets: APIOptions.workerSecrets(settings, redis: url.text), log: log
        ) { name in command + ["--name", name] }
        let supervisor = Supervisor(
            store: store, schedule: schedule, pool: pool, privateRedis: privateRedis, options: options,
            report: ProgressReport(
                console: console, store: store, redis: redis, since: since ?? RunEvent.beginning),
            console: console, log: log)
        let end = try await supervisor.run(signals: signals)
        do {
            if case .fetched = end {
                try await schedule.complete()
            } else if privateRedis != nil {
                try await schedule.noteRequests()
            }
        } catch {
            // The store has what counts, and the run is over.
            log.warning("\(error)")
        }
        return end
    }

    /// What is to be done, for programs.
    private static func plan(_ store: DirectoryStore, _ ledger: Ledger, _ options: Supervisor.Options)
        -> [String: JSONValue]
    {
        let plan = store.plan
        func number(_ count: Int) -> JSONValue { .integer(Int64(count)) }
        return [
            "run": .string(plan.run), "store": .string(store.root), "profile": .string(plan.profile.name),
            "from": .string(plan.interval.from.rfc3339), "to": .string(plan.interval.to.rfc3339),
            "shardSize": .string(plan.shardSize.description), "leaves": number(ledger.leaves),
            "done": number(ledger.parts.count), "owed": number(ledger.owed.count), "dead": number(ledger.dead.count),
            "skipped": number(ledger.skipped.count), "workers": number(options.workers),
            "rate": options.rate.map { .string($0.description) } ?? .null,
        ]
    }

    private static func conclude(
        _ end: Supervisor.End, store: DirectoryStore, arguments: Arguments, console: Console, monitor: RunMonitor
    ) throws -> Int32 {
        switch end {
        case .fetched:
            return try merge(store, allowGaps: false, arguments: arguments, console: console, monitor: monitor)
        case .dead:
            let ledger = try store.ledger()
            for line in DeadText.lines(ledger.dead) { console.line(line) }
            if ledger.isSettled || arguments.flag("--allow-gaps") {
                return try merge(store, allowGaps: true, arguments: arguments, console: console, monitor: monitor)
            }
            guard !ledger.dead.isEmpty else {
                throw Failure(
                    ExitCode.incomplete,
                    "\(Quantity.count(ledger.owed.count, "shard")) got another life just now; run the same command again"
                )
            }
            throw Failure(ExitCode.incomplete, DeadText.ending(ledger.dead, store: store.root))
        case .halted(let halt):
            throw Failure(halt.code, halt.message)
        case .cancelled:
            let ledger = try store.ledger()
            let elsewhere =
                try RedisArguments.url(arguments) == nil
                ? "" : ", or 'trawl resume \(store.root)' where workers elsewhere are to"
            throw Failure(
                ExitCode.incomplete,
                "cancelled by 'trawl cancel'; \(Quantity.grouped(ledger.parts.count)) of "
                    + "\(Quantity.count(ledger.leaves, "shard")) are done and kept, run the same command again to go on"
                    + elsewhere)
        case .signalled(let number):
            let ledger = try store.ledger()
            let message =
                "stopped by a signal; \(Quantity.grouped(ledger.parts.count)) of \(Quantity.count(ledger.leaves, "shard")) are "
                + "done, run the same command again to go on"
            console.line(message)
            let code = ExitCode.signalled(number)
            if EventStream.isOpen { EventStream.end(EventStream.failure(code: code, message)) }
            return code
        case .stopped(let code, let message):
            let ledger = try store.ledger()
            throw Failure(
                code,
                message
                    + "; \(Quantity.grouped(ledger.parts.count)) of \(Quantity.count(ledger.leaves, "shard")) are done, "
                    + "run the same command again to go on")
        }
    }
    private static func merge(
        _ store: DirectoryStore, allowGaps: Bool, arguments: Arguments, console: Console, monitor: RunMonitor
    ) throws -> Int32 {
        let manifest = try Merging.merge(store, allowGaps: allowGaps, console: console, monitor: monitor)
        return RunResult.report(manifest, store: store.root, arguments: arguments, console: console, isRepeat: false)
    }
}
