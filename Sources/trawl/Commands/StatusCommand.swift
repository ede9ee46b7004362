import Redis
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlView

/// `trawl status`: what of a run is done, owed and dead, and what its workers are doing, once or again and again.
enum StatusCommand {
    static let spec = CommandSpec(
        name: "status", summary: "what of a run is done, owed and dead",
        examples: [
            .init(purpose: "how far is it?", line: "trawl status january"),
            .init(purpose: "see it move, until it ends", line: "trawl status january --watch"),
            .init(
                purpose: "and who is working on it?",
                line: "trawl status /mnt/history/2023 --redis redis://redis.internal:6379"),
        ],
        positional: "STORE", takes: [.directory],
        sections: [
            ("Where", [RedisArguments.option]),
            (
                "How",
                [
                    OptionSpec(
                        "--watch", "[SECONDS]",
                        "look again and again until the run ends; q or Ctrl-C leaves, and the run goes on")
                ]
            ),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "What is done is read from the store, which is the truth. Exit code 0 when everything is fetched, merged or "
                + "not (the second line says which), 3 when shards are owed, dead or skipped, 5 when a shard is kept but not proven complete.",
            "--watch draws the same screen as 'trawl run', from any terminal: every second, or as often as said. Off a terminal "
                + "it prints a line every 30 seconds; with --json, events, the last of which is the 'result' "
                + "(docs/terminal.md). It ends with the run, or when nobody works on it, with the exit code of the status; "
                + "q ends it with 0, Ctrl-C with 130.",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let interval = try arguments.value("--watch", expecting: "seconds from 1 to 3600") { text in
            Int(text).flatMap { (1...3600).contains($0) ? Duration.seconds($0) : nil }
        }
        let isWatch = arguments.flag("--watch")
        if isWatch, arguments.flag("--json") { EventStream.open() }
        let console = OutputOptions.console(arguments)
        let store = try StoreArgument.open(arguments)
        guard isWatch else {
            let view = try await look(arguments, store)
            let state = try StoreStanding.state(store, view.ledger)
            Console.result(
                arguments.flag("--json")
                    ? json(store, view, state).canonical
                    : text(store, view, state, console.resultStyle).joined(separator: "\n"))
            return exitCode(view.ledger)
        }
        let watch = StatusWatch(store: store, arguments: arguments, console: console, every: interval)
        switch try await watch.run() {
        case .left:
            if EventStream.isOpen { EventStream.end(EventStream.failure(code: ExitCode.complete, "left")) }
            return ExitCode.complete
        case .signalled(let number): return ExitCode.signalled(number)
        case .ended(let view):
            let code = exitCode(view.ledger)
            let state = try StoreStanding.state(store, view.ledger)
            if EventStream.isOpen {
                guard case .object(var members) = json(store, view, state) else { return code }
                members["event"] = .string("result")
                members["exitCode"] = .integer(Int64(code))
                EventStream.end(.object(members))
            } else {
                Console.result(text(store, view, state, console.resultStyle).joined(separator: "\n"))
            }
            return code
        }
    }

    private static func exitCode(_ ledger: Ledger) -> Int32 {
        if !ledger.isComplete { return ExitCode.incomplete }
        return ledger.unproven.isEmpty ? ExitCode.complete : ExitCode.integrity
    }

    private static func look(_ arguments: Arguments, _ store: DirectoryStore) async throws -> RunView {
        let scheduled = try await StandingRedis.with(arguments, store: store, name: "trawl-status") { redis, _ in
            try await RunObserver(store: store, redis: redis).look()
        }
        if let scheduled { return scheduled }
        return try await RunObserver(store: store, redis: nil).look()
    }

    private static func text(_ store: DirectoryStore, _ view: RunView, _ state: String, _ style: ScreenStyle)
        -> [String]
    {
        let plan = store.plan
        let ledger = view.ledger
        var lines = [
            "run \(plan.run): \(plan.profile.name), \(plan.interval.from) to \(plan.interval.to), shards of \(plan.shardSize)",
            "state: \(state)",
        ]
        lines += RunScreen(view: view, style: style).strip(width: Console.resultWidth)
        lines += [
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
        if let snapshot = view.schedule {
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
            for worker in view.workers {
                let silent = Quantity.duration(seconds: Double(snapshot.now - worker.seenAt) / 1000)
                lines.append(
                    "  worker \(worker.name): \(Quantity.count(worker.shards, "shard")), "
                        + "\(Quantity.grouped(worker.progress.records)) records, "
                        + "\(Quantity.count(worker.progress.requests, "request")), seen \(silent) ago")
            }
        }
        return lines
    }

    private static func json(_ store: DirectoryStore, _ view: RunView, _ state: String) -> JSONValue {
        let ledger = view.ledger
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
            "requests": .integer(Int64(ledger.requests)), "view": view.json,
        ]
        if let snapshot = view.schedule {
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
