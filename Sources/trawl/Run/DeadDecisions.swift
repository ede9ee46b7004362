import Foundation
import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// What the operator decides about dead shards. All named shards are looked at before anything is done.
struct DeadDecisions {
    private let store: DirectoryStore
    private let arguments: Arguments
    private let console: Console

    init(_ store: DirectoryStore, _ arguments: Arguments) {
        self.store = store
        self.arguments = arguments
        console = OutputOptions.console(arguments)
    }

    // MARK: - Retry

    /// Gives shards another life: in the store first, which is the truth, then in the schedule that stands.
    func retry(_ named: [ShardID]) async throws {
        let ledger = try store.ledger()
        let shards = try choose(named, ledger, among: ledger.dead.map(\.shard) + ledger.skipped.map(\.shard))
        for shard in shards { try store.requeue(shard.id, at: Console.now) }
        let scheduled = await schedule(shards)
        if arguments.flag("--json") {
            return Console.result(
                JSONValue.object([
                    "retried": .array(shards.map { .string($0.id.text) }),
                    "scheduled": .integer(Int64(scheduled ?? 0)),
                ]).canonical)
        }
        var lines = shards.map { "\($0.id): given another life" }
        if shards.isEmpty {
            lines = [
                ledger.skipped.isEmpty
                    ? "no dead shards: nothing to do"
                    : "no dead shards but \(Quantity.grouped(ledger.skipped.count)) skipped: name one to take its skip back"
            ]
        } else if let scheduled {
            lines.append(
                "\(Quantity.count(scheduled, "shard")) put on the schedule that stands in Redis; "
                    + "what is not, the next one has")
        } else {
            lines.append("next: the same 'trawl run' command again fetches \(shards.count == 1 ? "it" : "them")")
        }
        Console.result(lines.joined(separator: "\n"))
    }

    /// How many shards the schedule has taken; nil where none is at work. Never fails: what the schedule does not get
    /// now, it gets when it is built anew.
    private func schedule(_ shards: [Shard]) async -> Int? {
        guard !shards.isEmpty else { return nil }
        do {
            return try await StandingRedis.with(arguments, store: store, name: "trawl-dead") { redis, snapshot in
                guard snapshot.state != .complete else { return nil }
                let queue = try RedisShardQueue(
                    redis: redis, run: store.plan.run, epoch: snapshot.epoch, worker: "dead-\(ProcessIdentity.own)")
                var count = 0
                for shard in shards where try await queue.requeue(shard) { count += 1 }
                return count
            } ?? nil
        } catch {
            console.warning("the schedule in Redis does not know yet: \(Failure(anything: error).message)")
            return nil
        }
    }

    // MARK: - Skip

    func skip(_ named: [ShardID]) throws {
        let reason = (arguments.value("--reason") ?? "").trimmingCharacters(in: .whitespaces)
        guard !reason.isEmpty else {
            throw Failure.usage("a skip needs a reason: --reason TEXT says why the run may go without these shards")
        }
        guard reason.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw Failure.usage("--reason: expected one line of text")
        }
        let ledger = try store.ledger()
        let shards = try choose(named, ledger, among: ledger.dead.map(\.shard) + ledger.skipped.map(\.shard))
        var done: [ShardID] = []
        var before: [ShardID] = []
        for shard in shards {
            if try store.skip(shard.id, SkipMarker(reason: reason, at: Console.now)) {
                done.append(shard.id)
            } else {
                before.append(shard.id)
            }
        }
        if arguments.flag("--json") {
            func list(_ ids: [ShardID]) -> JSONValue { .array(ids.map { .string($0.text) }) }
            return Console.result(
                JSONValue.object(["skipped": list(done), "skippedBefore": list(before), "reason": .string(reason)])
                    .canonical)
        }
        var lines = done.map { "\($0): skipped" }
        lines += before.map { "\($0): was skipped before, with the reason given then" }
        let after = try store.ledger()
        if shards.isEmpty {
            lines = ["no dead shards: nothing to do"]
        } else if after.isSettled {
            lines.append(
                "next: the same 'trawl run' command again, or 'trawl merge \(store.root)', merges without them, "
                    + "labelled with gaps")
        } else if !after.dead.isEmpty {
            lines.append(
                "next: \(Quantity.count(after.dead.count, "shard")) still dead, 'trawl dead list \(store.root)'")
        } else {
            lines.append(
                "next: \(Quantity.count(after.owed.count, "shard")) owed, the same 'trawl run' command again fetches them"
            )
        }
        Console.result(lines.joined(separator: "\n"))
    }

    // MARK: - Which

    /// The named shards, or all that are dead and not skipped.
    private func choose(_ named: [ShardID], _ ledger: Ledger, among candidates: [Shard]) throws -> [Shard] {
        if arguments.flag("--all") {
            guard named.isEmpty else { throw Failure.usage("name shards or say --all, not both") }
            return ledger.dead.map(\.shard)
        }
        guard !named.isEmpty else { throw Failure.usage("name the shards, or say --all") }
        let byID = Dictionary(candidates.map { ($0.id, $0) }) { first, _ in first }
        var seen: Set<ShardID> = []
        return try named.filter { seen.insert($0).inserted }.map { id in
            guard let shard = byID[id] else {
                throw Failure.usage("\(id) is not dead: \(ShardStanding(of: id, in: ledger)); nothing was done")
            }
            return shard
        }
    }
}
