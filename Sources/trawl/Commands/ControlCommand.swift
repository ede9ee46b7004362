import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// `trawl pause`, `trawl resume` and `trawl cancel`: the operator's word to everybody who works on a run.
enum ControlCommand {
    static let pause = CommandSpec(
        name: "pause", summary: "have a run fetch nothing more until it is resumed",
        examples: [
            .init(purpose: "leave the API alone for a while", line: "trawl pause january"),
            .init(
                purpose: "the same for workers on several machines",
                line: "trawl pause /mnt/history/2023 --redis redis://redis.internal:6379"),
        ],
        positional: "STORE", takes: [.directory], sections: sections,
        notes: [
            "Workers finish the shards in hand and claim no more; they and 'trawl run' stay, and wait for 'trawl resume'. The "
                + "same 'trawl run' or 'trawl plan' command again goes on, too. A pause is kept in Redis: where that is "
                + "wiped and no 'trawl run' is at work, it is forgotten.",
            codes,
        ],
        run: { try await run($0, .pause) })

    static let resume = CommandSpec(
        name: "resume", summary: "have a paused, cancelled or halted run go on",
        examples: [
            .init(purpose: "go on after 'trawl pause'", line: "trawl resume january"),
            .init(
                purpose: "let standing workers go on with a run that was cancelled",
                line: "trawl resume /mnt/history/2023 --redis redis://redis.internal:6379"),
        ],
        positional: "STORE", takes: [.directory], sections: sections,
        notes: [
            "A cancelled 'trawl run' has ended; where it had a private Redis, the same command again goes on, and this one "
                + "finds nothing. With --redis, the workers that serve all runs are back within seconds.",
            codes,
        ],
        run: { try await run($0, .resume) })

    static let cancel = CommandSpec(
        name: "cancel", summary: "end the work on a run; everything fetched is kept",
        examples: [
            .init(purpose: "end the 'trawl run' at work on it, wherever it was started", line: "trawl cancel january"),
            .init(
                purpose: "have the workers on all machines leave a run alone",
                line: "trawl cancel /mnt/history/2023 --redis redis://redis.internal:6379"),
        ],
        positional: "STORE", takes: [.directory], sections: sections,
        notes: [
            "Workers let the page in hand arrive and give back what they hold; jobs at the API are deleted. A 'trawl run' at "
                + "work on it ends with exit code 3. The same 'trawl run' command again goes on where it was, and so does "
                + "'trawl resume' where workers of a shared Redis are to.",
            codes,
        ],
        run: { try await run($0, .cancel) })

    private static let sections: [(title: String, options: [OptionSpec])] = [
        ("Where", [RedisArguments.option]), ("Output", OutputOptions.options),
    ]
    private static let codes =
        "Without --redis, the private Redis of the 'trawl run' at work on STORE is told. Exit code 0 when the run is in that "
        + "state now, 3 when no schedule of it stands or Redis cannot be used, 64 when its state does not allow it."

    private enum Word: String {
        case pause, resume, cancel

        var state: RunState {
            switch self {
            case .pause: .paused
            case .resume: .running
            case .cancel: .cancelled
            }
        }

        /// The states in which it can be said. One that has it already is left alone.
        var origins: [RunState] {
            switch self {
            case .pause: [.running, .paused]
            case .resume: [.running, .paused, .draining, .cancelled]
            case .cancel: [.running, .paused, .draining, .cancelled]
            }
        }
    }

    private static func run(_ arguments: Arguments, _ word: Word) async throws -> Int32 {
        let store = try StoreArgument.open(arguments)
        let said = try await StandingRedis.with(arguments, store: store, name: "trawl-\(word)") { redis, snapshot in
            guard try Schedule.stands(snapshot, of: store) else { throw rebuilding(store) }
            let queue = try RedisShardQueue(
                redis: redis, run: store.plan.run, epoch: snapshot.epoch, worker: "\(word)-\(ProcessIdentity.own)")
            do {
                return (before: try await queue.setState(word.state, from: word.origins), snapshot: snapshot)
            } catch QueueError.stale {
                throw rebuilding(store)
            }
        }
        guard let (before, snapshot) = said else { throw try nothing(store, arguments, word) }
        guard word.origins.contains(before) else { throw refusal(word, before, snapshot, store) }
        if arguments.flag("--json") {
            Console.result(
                JSONValue.object([
                    "run": .string(store.plan.run), "state": .string(word.state.rawValue),
                    "before": .string(before.rawValue), "leased": .integer(Int64(snapshot.leased)),
                    "open": .integer(Int64(snapshot.open)),
                ]).canonical)
        } else {
            Console.result(text(word, before, snapshot, store))
        }
        return ExitCode.complete
    }

    // MARK: - In words

    private static func text(_ word: Word, _ before: RunState, _ snapshot: RunSnapshot, _ store: DirectoryStore)
        -> String
    {
        let open = "\(Quantity.count(snapshot.open, "shard")) open"
        let hand = "\(Quantity.count(snapshot.leased, "shard")) in hand"
        if before == word.state { return "\(store.plan.run) is \(before.rawValue) already: \(open), \(hand)" }
        switch word {
        case .pause:
            return "\(store.plan.run) is paused: \(open), \(hand) to be finished; 'trawl resume \(store.root)' goes on"
        case .resume: return "\(store.plan.run) goes on, it was \(before.rawValue): \(open)"
        case .cancel:
            return "\(store.plan.run) is cancelled: \(open), \(hand) given back, everything fetched is kept; the same "
                + "'trawl run' command again goes on, or 'trawl resume \(store.root)' where standing workers are to"
        }
    }

    private static func refusal(_ word: Word, _ before: RunState, _ snapshot: RunSnapshot, _ store: DirectoryStore)
        -> Failure
    {
        let why =
            switch before {
            case .complete: "is complete: there is nothing to \(word)"
            case .cancelled: "is cancelled: nothing is fetched for it; 'trawl resume \(store.root)' goes on"
            default:
                "has stopped\(snapshot.halt.map { " (\($0.message))" } ?? ""): "
                    + "nothing is fetched for it; 'trawl resume \(store.root)' goes on"
            }
        return .usage("\(store.plan.run) \(why)")
    }

    private static func rebuilding(_ store: DirectoryStore) -> Failure {
        Failure(
            ExitCode.incomplete,
            "the schedule of \(store.plan.run) is about to be built anew, or nobody works on it; try again in a moment")
    }

    private static func nothing(_ store: DirectoryStore, _ arguments: Arguments, _ word: Word) throws -> Failure {
        if try store.standingResult(store.ledger()) != nil {
            return .usage("\(store.plan.run) is complete and verified: there is nothing to \(word)")
        }
        let elsewhere =
            try RedisArguments.url(arguments) == nil ? ", or name the Redis its workers use with --redis" : ""
        return Failure(
            ExitCode.incomplete,
            "no schedule of \(store.plan.run) stands: nobody works on it; the same 'trawl run' command again "
                + "goes on with it\(elsewhere)")
    }
}
