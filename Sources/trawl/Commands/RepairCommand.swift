import TrawlCore
import TrawlStore

/// `trawl repair`: has the next run fetch again just what does not verify.
enum RepairCommand {
    static let spec = CommandSpec(
        name: "repair", summary: "find what does not verify, and have the next run fetch just that again",
        examples: [
            .init(purpose: "what would be done? nothing is changed", line: "trawl repair january"),
            .init(purpose: "do it, then run the same 'trawl run' command again", line: "trawl repair january --apply"),
            .init(
                purpose: "fetch one day again although it verifies: the API has more for it now",
                line: "trawl repair january 20240102T000000Z-20240103T000000Z --apply"),
        ],
        positional: "STORE [SHARD…]", mostPositionals: 100_000, takes: [.directory],
        sections: [
            (
                "How",
                [
                    OptionSpec(
                        "--apply", nil, "put the bad files aside in STORE/repair/<n>/; without it nothing is changed")
                ]
            ),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "A damaged or missing part, index or outcome and an unproven shard are fetched again; a result that is wrong while "
                + "its parts are good is only merged again. Nothing is deleted. Refused while a run or workers use STORE.",
            "Exit code 0 when there is nothing to repair, 5 when there is and nothing was changed (or only a person can mend "
                + "it), 3 when it was put aside: the same 'trawl run' command again makes it good.",
        ],
        run: { try run($0) })

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let store = try StoreArgument.open(arguments)
        let applies = arguments.flag("--apply")
        let repair = Repair(store: store)
        let locks = applies ? try repair.lock() : []
        defer { withExtendedLifetime(locks) {} }
        let named = try arguments.positionals.dropFirst().map { try shard($0, store) }
        var verify = Verify(store: store)
        let plan = try repair.plan(verify.run(), named: named)
        let folder = applies ? try repair.apply(plan) : nil
        if arguments.flag("--json") {
            Console.result(json(plan, folder: folder, applies: applies).canonical)
        } else {
            Console.result(text(plan, store: store, folder: folder, applies: applies).joined(separator: "\n"))
        }
        if plan.isEmpty { return ExitCode.complete }
        return applies && plan.persons.isEmpty ? ExitCode.incomplete : ExitCode.integrity
    }

    private static func shard(_ text: String, _ store: DirectoryStore) throws -> ShardID {
        guard let id = ShardID(text) else { throw Failure.usage("'\(text)' is no shard") }
        guard try store.outcome(of: id) != nil else {
            throw Failure.usage("\(id) has no outcome in \(store.root): there is nothing to fetch again")
        }
        return id
    }

    private static func text(_ plan: RepairPlan, store: DirectoryStore, folder: String?, applies: Bool) -> [String] {
        guard !plan.isEmpty else { return ["nothing to repair in \(store.root)"] }
        var lines: [String] = []
        let shards = plan.shards.count
        if !plan.steps.isEmpty {
            let what = [
                shards > 0 ? Quantity.count(shards, "shard") : nil, plan.needsMerge ? "the merged result" : nil,
            ].compactMap(\.self).joined(separator: " and ")
            lines.append("\(applies ? "repaired" : "would repair"): \(what)")
        }
        for step in plan.steps {
            let action =
                switch step.remedy {
                case .fetch: "fetch again"
                case .retry: "try once more"
                case .merge, .person: "merge again"
                }
            lines.append("  \(step.shard?.text ?? "result"): \(action): \(step.why)")
        }
        for finding in plan.persons { lines.append("  BY HAND: \(finding.path): \(finding.what); \(finding.advice)") }
        guard !plan.steps.isEmpty else { return lines }
        guard applies else {
            return lines + ["nothing was changed; 'trawl repair \(store.root) --apply' does it"]
        }
        if let folder { lines.append("what was bad is kept in \(store.root)/\(folder)") }
        lines.append(
            shards > 0
                ? "next: the same 'trawl run' command again (on a shared Redis 'trawl plan') fetches just that, and merges"
                : "next: the same 'trawl run' command again, or 'trawl merge \(store.root)', merges")
        return lines
    }

    private static func json(_ plan: RepairPlan, folder: String?, applies: Bool) -> JSONValue {
        .object([
            "applied": .bool(applies), "folder": folder.map { .string($0) } ?? .null,
            "steps": .array(
                plan.steps.map { step in
                    .object([
                        "remedy": .string(step.remedy.rawValue),
                        "shard": step.shard.map { .string($0.text) } ?? .null, "why": .string(step.why),
                        "files": .array(step.files.map { .string($0) }),
                    ])
                }),
            "byHand": .array(
                plan.persons.map { .object(["path": .string($0.path), "what": .string($0.what)]) }),
        ])
    }
}
