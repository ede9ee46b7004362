import Glibc
import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// `trawl logs`: what happened to a run, as its Redis remembers it.
enum LogsCommand {
    static let spec = CommandSpec(
        name: "logs", summary: "what happened to a run and its shards, oldest first",
        examples: [
            .init(purpose: "of the 'trawl run' at work on january, as it happens", line: "trawl logs january --follow"),
            .init(
                purpose: "of a run on several machines, the last hour",
                line: "trawl logs /mnt/history/2023 --redis redis://redis.internal:6379 --since 1h"),
            .init(
                purpose: "where the directory is out of reach, by the name that 'trawl runs' lists",
                line: "trawl logs --run 20230101-20240101-k3x9q2 --redis redis://redis.internal:6379"),
        ],
        positional: "[STORE]", takes: [.directory],
        sections: [
            (
                "Which",
                [
                    RedisArguments.option,
                    OptionSpec("--run", "ID", "the run of that name, instead of STORE; needs --redis"),
                    OptionSpec("--shard", "ID", "only what happened to that shard"),
                    OptionSpec("--since", "DURATION", "only the last 15m, 2h, 1d, …"),
                    OptionSpec("--follow", nil, "go on as more happens, until the run is complete or Ctrl-C"),
                ]
            ),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "Schedules installed, states set, shards cut, given back, adopted, dead or given another life: the last thousand or "
                + "so, which Redis keeps with the schedule. The private Redis of a 'trawl run' ends with it; what stays is in "
                + "the store ('trawl status', 'trawl dead list'). What workers log goes to their standard error: that of "
                + "'trawl run', a container's log, or the journal ('journalctl -u' and the unit's name).",
            "With --json, one object a line. Exit code 0, also where nothing has happened yet; 3 when no schedule of the run "
                + "stands or Redis cannot be used, 130 after Ctrl-C.",
        ],
        run: { try await run($0) })

    private static let pollEvery = Duration.milliseconds(500)

    /// What is asked for.
    private struct Query {
        var run: String
        /// Nil where it is out of reach.
        var store: DirectoryStore?
        /// What the store is called in commands that are named.
        var place: String
        var shard: ShardID?
        var since: Duration?
        var isFollowed: Bool
        var isJSON: Bool
        var style: ScreenStyle
    }

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let shard = try arguments.value(
            "--shard", expecting: "a shard's name, such as 20240101T000000Z-20240102T000000Z"
        ) {
            ShardID($0)
        }
        let since = try arguments.value("--since", expecting: "a duration such as 90s, 15m or 2h", DurationText.parse)
        let style = OutputOptions.console(arguments).resultStyle
        func query(_ run: String, _ store: DirectoryStore?, _ place: String) -> Query {
            Query(
                run: run, store: store, place: place, shard: shard, since: since,
                isFollowed: arguments.flag("--follow"), isJSON: arguments.flag("--json"), style: style)
        }
        if let name = arguments.value("--run") {
            guard arguments.positional == nil else { throw Failure.usage("name a directory or --run ID, not both") }
            let url = try RedisArguments.required(arguments)
            let redis = try await RedisArguments.connect(url, name: "trawl-logs")
            defer { redis.close() }
            guard let snapshot = try await known(name, redis) else {
                throw Failure.usage(
                    "that Redis does not know a run '\(name)'; 'trawl runs --redis URL' lists those it knows")
            }
            // Here it may be out of reach, or be another run's.
            let store = try? DirectoryStore.open(path: snapshot.store)
            return try await print(
                query(name, store?.plan.run == name ? store : nil, snapshot.store), redis, snapshot)
        }
        let store = try StoreArgument.open(arguments)
        var hasBegun = false
        let code = try await StandingRedis.with(arguments, store: store, name: "trawl-logs") { redis, snapshot in
            hasBegun = true
            return try await print(query(store.plan.run, store, store.root), redis, snapshot)
        }
        if let code { return code }
        // The private Redis has ended while its events were read.
        if hasBegun { return ExitCode.complete }
        throw Failure(
            ExitCode.incomplete,
            "no schedule of \(store.plan.run) stands, and with it went what it remembered; 'trawl status \(store.root)' and "
                + "'trawl dead list \(store.root)' tell what the store has"
                + (try RedisArguments.url(arguments) == nil ? ", or name the Redis its workers use with --redis" : ""))
    }

    private static func known(_ run: String, _ redis: RedisClient) async throws -> RunSnapshot? {
        do {
            return try await RunSnapshot.read(redis, run: run)
        } catch QueueError.badName {
            return nil
        }
    }

    /// Prints events until there are no more, or the run ends, or a signal comes.
    private static func print(_ query: Query, _ redis: RedisClient, _ snapshot: RunSnapshot) async throws -> Int32 {
        let signal = SignalFlag()
        let signals = query.isFollowed ? SignalWatch.signals() : nil
        let listener = Task {
            guard let signals else { return }
            for await number in signals { _ = signal.raise(number) }
        }
        defer { listener.cancel() }
        var last = RunEvent.beginning
        if let since = query.since { last = "\(max(0, snapshot.now.milliseconds - since.wholeMilliseconds))-0" }
        while true {
            // Asked before its events: what happens in between is read below.
            let state = query.isFollowed ? try await RunSnapshot.read(redis, run: query.run)?.state : nil
            while true {
                let events = try await RunEvent.after(last, redis, run: query.run)
                for event in events where query.shard.map({ $0.text == event.subject }) ?? true {
                    Console.result(line(event, query))
                }
                guard let newest = events.last else { break }
                last = newest.id
            }
            guard query.isFollowed, let state, state != .complete else { return ExitCode.complete }
            if let number = signal.raised { return ExitCode.signalled(number) }
            try await Task.sleep(for: pollEvery)
            if let number = signal.raised { return ExitCode.signalled(number) }
        }
    }

    private static func line(_ event: RunEvent, _ query: Query) -> String {
        let text = EventText(event, store: query.store)
        if query.isJSON {
            var members = text.members
            members["event"] = .string(text.name)
            return JSONValue.object(members).canonical
        }
        var line = StyledLine(event.time.rfc3339 + "  ", .faint)
        line.add(text.text, text.tone)
        if let advice = text.advice(query.place) { line.add("; \(advice)") }
        return line.text(width: .max, query.style)
    }
}
