import Foundation
import TrawlCore
import TrawlStore

/// `trawl dead`: shards that gave up, and what is to become of them.
enum DeadCommand {
    static let spec = CommandSpec(
        name: "dead", summary: "shards that gave up: list and show them, try them again or go without them",
        examples: [
            .init(purpose: "which are there, and why?", line: "trawl dead list january"),
            .init(
                purpose: "everything that is known of one",
                line: "trawl dead show january 20240101T000000Z-20240102T000000Z"),
            .init(
                purpose: "the cause is mended: try them all again, at once where a run or workers are live",
                line: "trawl dead retry january --all"),
            .init(
                purpose: "the API will never answer for that day: go without it, and say why in the manifest",
                line:
                    "trawl dead skip january 20240101T000000Z-20240102T000000Z --reason 'lost by the vendor, ticket 4711'"
            ),
        ],
        positional: "list | show | retry | skip  STORE [SHARD…]", mostPositionals: 100_000,
        verbs: [
            .init("list", "STORE", "all of them, each with its cause", takes: [.directory]),
            .init("show", "STORE SHARD", "everything that is known of one", takes: [.directory]),
            .init("retry", "STORE SHARD…", "another life for these, or with --all for all", takes: [.directory]),
            .init(
                "skip", "STORE SHARD… --reason TEXT", "go without these, or with --all without all",
                takes: [.directory]),
        ],
        sections: [
            (
                "Which",
                [
                    OptionSpec("--all", nil, "retry, skip: all dead shards that are not skipped"),
                    OptionSpec("--reason", "TEXT", "skip: why the run may go without them; kept in the manifest"),
                ]
            ),
            ("Where", [RedisArguments.option]),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "'retry' is kept in the store, so it holds with and without a live run: the schedule gets the shard at once, or "
                + "the next 'trawl run' takes it. It also takes back a skip. A run whose dead shards are all skipped merges "
                + "what it has, labelled with gaps: exit code 3, no _SUCCESS.",
            "Exit code 0 when it was done, 64 when a named shard is not dead (then nothing was done).",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let words = arguments.positionals
        guard let verb = words.first, spec.verbs.contains(where: { $0.name == verb }) else {
            throw Failure.usage("say 'list', 'show', 'retry' or 'skip', then the run's directory")
        }
        guard words.count > 1, !words[1].isEmpty else {
            throw Failure.usage("name the run's directory: trawl dead \(verb) DIR")
        }
        if arguments.flag("--all"), !["retry", "skip"].contains(verb) {
            throw Failure.usage("'\(verb)' takes no --all; 'retry' and 'skip' do")
        }
        if arguments.value("--reason") != nil, verb != "skip" {
            throw Failure.usage("'\(verb)' takes no --reason; 'skip' does")
        }
        let shards = try words.dropFirst(2).map { try shard($0, store: words[1]) }
        let store = try StoreArgument.open(words[1], arguments)
        switch verb {
        case "list":
            guard shards.isEmpty else { throw Failure.usage("'list' takes no shard; 'show' does") }
            try list(store, isJSON: arguments.flag("--json"))
        case "show":
            guard shards.count == 1 else { throw Failure.usage("name one shard: trawl dead show \(words[1]) SHARD") }
            try show(shards[0], store, isJSON: arguments.flag("--json"))
        case "retry": try await DeadDecisions(store, arguments).retry(shards)
        default: try DeadDecisions(store, arguments).skip(shards)
        }
        return ExitCode.complete
    }

    private static func shard(_ text: String, store: String) throws -> ShardID {
        guard let id = ShardID(text) else {
            throw Failure.usage("'\(text)' is no shard; 'trawl dead list \(store)' names those that are dead")
        }
        return id
    }

    // MARK: - List

    private struct Entry {
        let shard: ShardID
        let marker: DeadMarker
        let skip: SkipMarker?
    }

    private static func list(_ store: DirectoryStore, isJSON: Bool) throws {
        let ledger = try store.ledger()
        let entries =
            (ledger.dead.map { Entry(shard: $0.shard.id, marker: $0.marker, skip: nil) }
            + ledger.skipped.map { Entry(shard: $0.shard.id, marker: $0.marker, skip: $0.skip) })
            .sorted { $0.shard < $1.shard }
        let next = next(ledger, store: store.root)
        if isJSON {
            let shards = entries.map { entry in
                var members = members(entry.marker)
                members["shard"] = .string(entry.shard.text)
                members["skipped"] = entry.skip.map(json) ?? .null
                return JSONValue.object(members)
            }
            return Console.result(
                JSONValue.object([
                    "run": .string(store.plan.run), "store": .string(store.root), "dead": .array(shards),
                    "owed": .integer(Int64(ledger.owed.count)), "next": .string(next),
                ]).canonical)
        }
        var lines =
            entries.isEmpty
            ? ["no dead shards"]
            : [
                "\(Quantity.count(entries.count, "dead shard")), \(Quantity.grouped(ledger.skipped.count)) of them skipped"
            ]
        for entry in entries {
            lines.append("  \(entry.shard): \(DeadText.describe(entry.marker)) (\(counts(entry.marker)))")
            if let skip = entry.skip { lines.append("    skipped at \(skip.at): \(skip.reason)") }
        }
        Console.result((lines + ["next: \(next)"]).joined(separator: "\n"))
    }

    private static func counts(_ marker: DeadMarker) -> String {
        "attempts \(marker.attempts), reclaims \(marker.reclaims), \(Quantity.count(marker.requests, "request")) in the last one"
    }

    /// The command to give now.
    private static func next(_ ledger: Ledger, store: String) -> String {
        if !ledger.dead.isEmpty { return DeadText.choices(store) }
        if !ledger.owed.isEmpty {
            return "\(Quantity.count(ledger.owed.count, "shard")) owed: the same 'trawl run' command again fetches "
                + "\(ledger.owed.count == 1 ? "it" : "them")"
        }
        if !ledger.skipped.isEmpty {
            return "'trawl merge \(store)' merges what there is, labelled with gaps; "
                + "'trawl dead retry \(store) SHARD' takes a skip back"
        }
        return "everything is fetched: 'trawl status \(store)' says whether it is merged"
    }

    // MARK: - Show

    private static func show(_ shard: ShardID, _ store: DirectoryStore, isJSON: Bool) throws {
        let standing = try ShardStanding(of: shard, in: store.ledger())
        let deaths = try store.deaths(of: shard)
        guard standing != .unknown || !deaths.isEmpty else {
            throw Failure.usage("\(shard) is no shard of this run; 'trawl dead list \(store.root)' names the dead ones")
        }
        guard !deaths.isEmpty else { throw Failure.usage("\(shard) never gave up: \(standing)") }
        if isJSON {
            let rounds = deaths.map { death in
                var members = members(death.marker)
                members["round"] = .integer(Int64(death.round))
                members["skipped"] = death.skip.map(json) ?? .null
                members["retried"] = .bool(death.requeue != nil)
                if let at = death.requeue?.at { members["retriedAt"] = .string(at.rfc3339) }
                return JSONValue.object(members)
            }
            return Console.result(
                JSONValue.object([
                    "shard": .string(shard.text), "state": .string(standing.rawValue), "rounds": .array(rounds),
                ]).canonical)
        }
        var lines = ["\(shard): \(standing), gave up \(Quantity.count(deaths.count, "time"))"]
        for death in deaths {
            let marker = death.marker
            lines += [
                "round \(death.round): \(DeadText.describe(marker))",
                "  \(counts(marker))",
            ]
            if let skip = death.skip { lines.append("  skipped at \(skip.at): \(skip.reason)") }
            if let requeue = death.requeue {
                lines.append("  given another life\(requeue.at.map { " at \($0)" } ?? "")")
            }
        }
        switch standing {
        case .dead:
            lines.append(
                "next: 'trawl dead retry \(store.root) \(shard)', or 'trawl dead skip \(store.root) \(shard) --reason TEXT'"
            )
        case .skipped: lines.append("next: 'trawl dead retry \(store.root) \(shard)' takes the skip back")
        case .owed: lines.append("next: the same 'trawl run' command again fetches it")
        case .done, .cut, .unknown: break
        }
        Console.result(lines.joined(separator: "\n"))
    }

    private static func members(_ marker: DeadMarker) -> [String: JSONValue] {
        [
            "cause": .string(marker.cause.rawValue), "reason": .string(marker.reason),
            "attempts": .integer(Int64(marker.attempts)), "reclaims": .integer(Int64(marker.reclaims)),
            "requests": .integer(Int64(marker.requests)),
        ]
    }

    private static func json(_ skip: SkipMarker) -> JSONValue {
        .object(["reason": .string(skip.reason), "at": .string(skip.at.rfc3339)])
    }
}
