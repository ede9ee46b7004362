import Redis
import TrawlCore
import TrawlQueue

/// `trawl workers`: who works on the runs of a Redis.
enum WorkersCommand {
    static let spec = CommandSpec(
        name: "workers", summary: "who works on the runs of a Redis, how fast, and who has fallen silent",
        examples: [
            .init(
                purpose: "which workers are there, on which machines?",
                line: "trawl workers --redis redis://redis.internal:6379"),
            .init(
                purpose: "of one 'trawl run' without --redis, while it works",
                line: "trawl workers --redis unix://$PWD/january/.redis/redis.sock"),
        ],
        sections: [
            ("Where", [RedisArguments.option, OptionSpec("--run", "ID", "only workers that serve this run now")]),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "A worker reports every two seconds, is marked SILENT after ten, and is forgotten after ten minutes or when it "
                + "ends in order. Rates are over its whole life. Nothing is decided by this list: the shards of a worker "
                + "that died are claimed again when their leases run out.",
            "Exit code 0 when the list could be made.",
        ],
        run: { try await run($0) })

    /// Five reports that did not come.
    private static let silentAfter = 10.0

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let url = try RedisArguments.required(arguments)
        let redis = try await RedisArguments.connect(url, name: "trawl-workers")
        defer { redis.close() }
        let registry = WorkerRegistry(redis: redis)
        var workers = try await registry.workers()
        let now = try await registry.now()
        if let run = arguments.value("--run") { workers = workers.filter { $0.serving[run] != nil } }
        if arguments.flag("--json") {
            Console.result(
                JSONValue.object(["workers": .array(workers.map { json($0, silence: silence($0, now)) })]).canonical)
        } else {
            Console.result(text(workers, now).joined(separator: "\n"))
        }
        return ExitCode.complete
    }

    /// Seconds since it was last seen. A clock that steps back makes nobody younger than now.
    private static func silence(_ worker: WorkerReport, _ now: Instant) -> Double {
        max(0, Double(now - worker.seenAt) / 1000)
    }

    /// So many per second of the worker's life; nil before it has lived for a moment.
    private static func perSecond(_ count: Int, _ worker: WorkerReport) -> Double? {
        worker.age >= .milliseconds(500) ? Double(count) / worker.age.seconds : nil
    }

    private static func text(_ workers: [WorkerReport], _ now: Instant) -> [String] {
        guard !workers.isEmpty else { return ["no workers"] }
        func rate(_ count: Int, _ worker: WorkerReport) -> String {
            perSecond(count, worker).map { Quantity.decimal($0) } ?? "-"
        }
        return Table.lines(
            ["WORKER", "HOST", "PID", "VERSION", "RUN", "SHARDS", "REQUESTS/S", "RECORDS/S", "AGE", "SEEN"],
            workers.map { worker in
                let silence = silence(worker, now)
                let ago = Quantity.duration(seconds: silence) + " ago"
                return [
                    worker.name, worker.host, String(worker.pid), worker.version,
                    worker.serving.isEmpty ? "-" : worker.serving.keys.sorted().joined(separator: ","),
                    "\(worker.shards)/\(worker.slots)", rate(worker.progress.requests, worker),
                    rate(worker.progress.records, worker), Quantity.duration(seconds: worker.age.seconds),
                    silence > silentAfter ? "SILENT, \(ago)" : ago,
                ]
            })
    }

    private static func json(_ worker: WorkerReport, silence: Double) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(worker.name), "host": .string(worker.host), "pid": .integer(Int64(worker.pid)),
            "version": .string(worker.version), "run": worker.run.map { .string($0) } ?? .null,
            "runs": .array(worker.serving.keys.sorted().map { .string($0) }),
            "slots": .integer(Int64(worker.slots)), "shards": .integer(Int64(worker.shards)),
            "ageSeconds": .number(worker.age.seconds), "seenSecondsAgo": .number(silence),
            "silent": .bool(silence > silentAfter),
            "requestsPerSecond": perSecond(worker.progress.requests, worker).map { .number($0) } ?? .null,
            "recordsPerSecond": perSecond(worker.progress.records, worker).map { .number($0) } ?? .null,
        ]
        for (name, count) in Progress.counters { members[name] = .integer(Int64(worker.progress[keyPath: count])) }
        return .object(members)
    }
}
