import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// `trawl status`: what of a run is done, owed and dead, and what its workers are doing.
enum StatusCommand {
    static let spec = CommandSpec(
        name: "status", summary: "what of a run is done, owed and dead",
        examples: [
            .init(purpose: "how far is it?", line: "trawl status january"),
            .init(
                purpose: "and who is working on it?",
                line: "trawl status /mnt/history/2023 --redis redis://redis.internal:6379"),
        ],
        positional: "STORE", takes: [.directory],
        sections: [("Where", [RedisArguments.option]), ("Output", OutputOptions.options)],
        notes: [
            "What is done is read from the store, which is the truth. Exit code 0 when the run is complete, 3 when shards are "
                + "owed, dead or skipped, 5 when a shard is kept but not proven complete."
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let store = try StoreArgument.open(arguments)
        let ledger = try store.ledger()
        let live = try await liveView(arguments, store: store)
        let state = try StoreStanding.state(store, ledger)
        Console.result(
            arguments.flag("--json")
                ? json(store, ledger, live, state).canonical
                : text(store, ledger, live, state).joined(separator: "\n"))
        if !ledger.isComplete { return ExitCode.incomplete }
        return ledger.unproven.isEmpty ? ExitCode.complete : ExitCode.integrity
    }

    /// What Redis shows of a run: its schedule, and the workers that say they serve it.
    private struct LiveView {
        let schedule: RunSnapshot
        let workers: [WorkerReport]
    }

    private static func liveView(_ arguments: Arguments, store: DirectoryStore) async throws -> LiveView? {
        try await StandingRedis.with(arguments, store: store, name: "trawl-status") { redis, schedule in
            let workers = try await WorkerRegistry(redis: redis).workers()
            return LiveView(schedule: schedule, workers: workers.filter { $0.run == store.plan.run })
        }
    }

    private static func text(_ store: DirectoryStore, _ ledger: Ledger, _ live: LiveView?, _ state: String)
        -> [String]
    {
        let plan = store.plan
        var lines = [
            "run \(plan.run): \(plan.profile.name), \(plan.interval.from) to \(plan.interval.to), shards of \(plan.shardSize)",
            "state: \(state)",
            "shards: \(Quantity.grouped(ledger.parts.count)) done, \(Quantity.grouped(ledger.owed.count)) owed, "
                + "\(Quantity.grouped(ledger.dead.count)) dead, \(Quantity.grouped(ledger.skipped.count)) skipped, "
                + "\(Quantity.grouped(ledger.splits)) split",
            "records: \(Quantity.grouped(records(ledger))) fetched with \(Quantity.count(ledger.requests, "request"))",
        ]
        for (shard, outcome) in ledger.unproven.prefix(10) {
            lines.append("  \(shard.id): \(ProofText.describe(outcome.proof))")
        }
        lines += DeadText.lines(ledger.dead)
        if !ledger.dead.isEmpty { lines.append("  \(DeadText.choices(store.root))") }
        for (shard, _, skip) in ledger.skipped.prefix(DeadText.listed) {
            lines.append("  \(shard.id): skipped, \(skip.reason)")
        }
        if ledger.skipped.count > DeadText.listed {
            lines.append("  … and \(ledger.skipped.count - DeadText.listed) more skipped")
        }
        if let snapshot = live?.schedule {
            lines.append(
                "redis: \(snapshot.state.rawValue), \(snapshot.pending) waiting, \(snapshot.leased) being fetched by "
                    + "\(Quantity.count(snapshot.held.count, "worker")), \(snapshot.delayed) delayed, epoch \(snapshot.epoch)"
            )
            if snapshot.waiting > 0, let instant = snapshot.availableTo {
                lines.append(
                    "waiting for data: \(Quantity.count(snapshot.waiting, "shard")); the API's is complete up to \(instant)"
                )
            }
            if let halt = snapshot.halt { lines.append("halted: \(halt.message)") }
            for worker in live?.workers ?? [] {
                let silent = Quantity.duration(seconds: Double(snapshot.now - worker.seenAt) / 1000)
                lines.append(
                    "  worker \(worker.name): \(Quantity.count(worker.shards, "shard")), "
                        + "\(Quantity.grouped(worker.progress.records)) records, "
                        + "\(Quantity.count(worker.progress.requests, "request")), seen \(silent) ago")
            }
        }
        return lines
    }

    private static func json(_ store: DirectoryStore, _ ledger: Ledger, _ live: LiveView?, _ state: String)
        -> JSONValue
    {
        var members: [String: JSONValue] = [
            "run": .string(store.plan.run), "state": .string(state),
            "from": .string(store.plan.interval.from.rfc3339), "to": .string(store.plan.interval.to.rfc3339),
            "done": .integer(Int64(ledger.parts.count)), "owed": .integer(Int64(ledger.owed.count)),
            "dead": .array(
                ledger.dead.map {
                    .object([
                        "shard": .string($0.shard.id.text), "cause": .string($0.marker.cause.rawValue),
                        "reason": .string($0.marker.reason),
                    ])
                }),
            "skipped": .array(
                ledger.skipped.map {
                    .object(["shard": .string($0.shard.id.text), "reason": .string($0.skip.reason)])
                }),
            "unproven": .array(
                ledger.unproven.map {
                    .object([
                        "shard": .string($0.shard.id.text), "verdict": .string($0.outcome.proof.verdict.rawValue),
                    ])
                }),
            "splits": .integer(Int64(ledger.splits)), "records": .integer(Int64(records(ledger))),
            "requests": .integer(Int64(ledger.requests)),
        ]
        if let snapshot = live?.schedule {
            members["redis"] = .object([
                "state": .string(snapshot.state.rawValue), "pending": .integer(Int64(snapshot.pending)),
                "leased": .integer(Int64(snapshot.leased)), "delayed": .integer(Int64(snapshot.delayed)),
                "waitingForData": .integer(Int64(snapshot.waiting)),
                "epoch": .integer(Int64(snapshot.epoch)), "workers": .integer(Int64(snapshot.held.count)),
            ])
        }
        return .object(members)
    }

    private static func records(_ ledger: Ledger) -> Int {
        ledger.parts.reduce(0) { $0 + $1.outcome.proof.records }
    }
}
