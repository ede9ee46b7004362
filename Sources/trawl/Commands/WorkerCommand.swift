import Glibc
import HTTP
import HTTPServer
import Redis
import TrawlCore
import TrawlEngine
import TrawlQueue
import TrawlSource
import TrawlStore

/// `trawl worker`: claims shards and fetches them until it is told to stop.
enum WorkerCommand {
    static let spec = CommandSpec(
        name: "worker", summary: "claim shards from a Redis and fetch them, until stopped",
        examples: [
            .init(
                purpose: "serve every run planned in that Redis, on as many machines as you like",
                line: "trawl worker --redis redis://redis.internal:6379 --region eu-central-1"),
            .init(
                purpose: "serve one run and end when nothing is left to fetch",
                line: "trawl worker --redis redis://localhost:6379 --run 20240101-20240201-k3x9q2 --until-idle"),
        ],
        sections: [
            (
                "Which work",
                [
                    RedisArguments.option,
                    OptionSpec("--run", "ID", "serve this run only"),
                    OptionSpec("--until-idle", nil, "end when no run has anything left"),
                    OptionSpec(
                        "--store", "DIR", "where the run's store is on this machine, if not where it was planned",
                        takes: .directory),
                    StoreOptions.compression,
                ]
            ),
            (
                "The API",
                APIOptions.options + [
                    OptionSpec(
                        "--allow-host", "HOST", "trust a plan that names this host, beside Genesys Cloud and loopback",
                        isRepeatable: true)
                ]
            ),
            (
                "How",
                [
                    OptionSpec("--drain-timeout", "TIME", "how long a drain may take (default 60s)"),
                    OptionSpec("--name", "NAME", "this worker's name in Redis", isHidden: true),
                    OptionSpec("--supervised", nil, "started by 'trawl run'", isHidden: true),
                    OptionSpec("--end-jobs", nil, "the Redis ends with the run: leave no job behind", isHidden: true),
                    LeaseOption.spec,
                    OptionSpec(
                        "--listen", "[HOST:]PORT",
                        "serve /metrics, /healthz and /readyz over HTTP; a port alone (9464) is on this machine only"),
                ]
            ),
            ("Output", OutputOptions.options.filter { $0.name != "--json" } + [OutputOptions.logFormat]),
        ],
        notes: [
            APIOptions.note,
            "SIGTERM or Ctrl-C finishes the pages in hand, gives back what is not done, and ends 0; a second signal stops at "
                + "once. Whatever way a worker ends, nothing is lost: its shards are claimed again.",
            "Under systemd (Type=notify) it tells when it is ready, that it gets somewhere, and when it drains: "
                + "docs/packages.md.",
        ],
        run: { try await run($0) })

    private static func run(_ given: Arguments) async throws -> Int32 {
        let isSupervised = given.flag("--supervised")
        let arguments = isSupervised ? given.adding(environment: ControlLine.readHandover()) : given
        let url = try RedisArguments.required(arguments)
        let console = OutputOptions.console(arguments)
        let log =
            isSupervised
            ? Log(minimum: console.isVerbose ? .debug : .info) { console.line(WorkerLine.format($0)) } : console.log()
        let address = try arguments.value("--listen", expecting: ListenAddress.form) { ListenAddress($0) }
        ProcessMetrics.begin()
        let drain = DrainFlag()
        let timeout =
            try arguments.value("--drain-timeout", expecting: "a duration such as 60s", DurationText.parse)
            ?? .seconds(60)
        // Who supervises a worker speaks for it.
        let manager = isSupervised ? nil : ServiceManager(environment: arguments.environment)
        let patience = try StartPatience(arguments, manager: manager, log: log)
        let service = try WorkerService(arguments, drain: drain, manager: manager, log: log)
        if arguments.value("--run") == nil || !isSupervised {
            // Addresses and credentials are checked before the first claim, not in the middle of the night.
            if arguments.value("--api-url") != nil
                || arguments.value("--region", environment: APIOptions.regionVariable) != nil
            {
                let settings = try APIOptions.settings(arguments)
                try await patience.awaiting { try await APIAccess.check(settings) }
            }
        }
        let server = try address.map { address in
            let (monitor, readiness) = (service.monitor, Readiness(url) { drain.isRaised })
            return try MonitoringEndpoints(
                metrics: { await monitor.text() }, fault: { await monitor.fault() },
                unready: { await readiness.objection() }
            ).serve(at: address)
        }
        defer { server?.stop() }
        if let address, let server {
            log.info("metrics at http://\(ListenAddress(host: address.host, port: server.port))/metrics")
        }
        // A supervisor has looked at its Redis already.
        let redis =
            isSupervised
            ? try await RedisArguments.connect(url, name: "trawl-worker")
            : try await patience.awaiting {
                try await RedisArguments.connect(url, name: "trawl-worker", requiringFitness: log)
            }
        defer { redis.close() }

        let work = Task.detached { try await service.serve(redis) }
        let watch = Task.detached {
            await Self.watch(
                drain: drain, work: work, supervised: isSupervised, timeout: timeout, manager: manager, log: log)
        }
        defer { watch.cancel() }
        return try await work.value
    }

    /// What a service manager shall wait beyond the time a drain may take.
    private static let stopMargin = Duration.seconds(15)

    /// Turns signals, and the supervisor's word or end, into a drain.
    private static func watch(
        drain: DrainFlag, work: Task<Int32, any Error>, supervised: Bool, timeout: Duration,
        manager: ServiceManager?, log: Log
    ) async {
        let signals = SignalWatch.signals()
        let asked = AsyncStream<Int32?> { continuation in
            startThread {
                // A supervised worker hears of the drain on its standard input, which closes when the supervisor dies.
                if supervised {
                    ControlLine.awaitDrain()
                    continuation.yield(nil)
                }
            }
            Task {
                for await number in signals { continuation.yield(number) }
            }
        }
        for await signal in asked {
            if !drain.isRaised {
                drain.raise()
                manager?.tell(
                    "STOPPING=1", "STATUS=draining", "EXTEND_TIMEOUT_USEC=\((timeout + Self.stopMargin).microseconds)")
                let line = "draining: the pages in hand are finished, the rest is given back"
                if supervised { log.debug(line) } else { log.info(line) }
                Task.detached {
                    try await Task.sleep(for: timeout)
                    log.warning("the drain took longer than \(DurationText.format(timeout)); stopping")
                    work.cancel()
                }
            } else if let signal, !supervised {
                // The second signal: stop at once. Leases expire by themselves.
                _exit(ExitCode.signalled(signal))
            }
        }
    }
}
