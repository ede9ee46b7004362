import Redis
import TrawlCore
import TrawlQueue

/// `trawl limit`: the limiters that workers share.
enum LimitCommand {
    static let spec = CommandSpec(
        name: "limit", summary: "show what the shared limiters of a Redis do, and set another rate at once",
        examples: [
            .init(
                purpose: "is the quota what holds the run back? did anyone get a 429?",
                line: "trawl limit show --redis redis://redis.internal:6379"),
            .init(
                purpose: "leave room for others: all workers take 100 requests a minute from now on",
                line: "trawl limit set 100/60s --redis redis://redis.internal:6379"),
            .init(
                purpose: "each worker's own --rate again",
                line: "trawl limit set default --redis redis://redis.internal:6379"),
        ],
        positional: "show | set RATE | set default", mostPositionals: 2,
        verbs: [
            .init("show", nil, "what each limiter does"),
            .init(
                "set", "RATE | default", "another rate for all workers, or each worker's own again",
                takes: [
                    .words([
                        ValueKind.Word("100/60s", "so many requests in so much time"),
                        ValueKind.Word("300/60s", "what Genesys Cloud allows a client"),
                        ValueKind.Word("default", "each worker's own"),
                    ])
                ]),
        ],
        sections: [
            (
                "Where",
                [RedisArguments.option, OptionSpec("--name", "NAME", "this limiter; needed where there are several")]
            ),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "There is one limiter for each OAuth client. USE is 'full' while requests wait for slots, 'free' while the quota "
                + "is not what holds them back, 'gated' while everybody waits after a 429.",
            "A rate that is set holds for every worker, whatever its --rate, until 'set default', a day after the last "
                + "request, or until Redis is wiped. After a step down the window at hand may still hold more than the new "
                + "limit: the old requests are made.",
            "Exit code 0 when it was done, 64 when there is no such limiter, or several and none was named.",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let words = arguments.positionals
        guard let verb = words.first, ["show", "set"].contains(verb) else {
            throw Failure.usage("say 'show', or 'set' and a rate")
        }
        guard verb == "set" || words.count == 1 else { throw Failure.usage("'show' takes no rate; 'set' does") }
        let rate = verb == "set" ? try rate(words) : nil
        let redis = try await RedisArguments.connect(try RedisArguments.required(arguments), name: "trawl-limit")
        defer { redis.close() }
        let names = try await chosen(arguments, redis)
        if verb == "set" {
            guard names.count == 1 else {
                throw Failure.usage(
                    names.isEmpty
                        ? "no limiter was used within a day: there is nothing to set, give the rate to 'trawl run --rate'"
                        : "there are \(names.count) limiters: name one of \(names.joined(separator: ", ")) with --name")
            }
            guard try await LimiterControl(redis: redis).set(rate, name: names[0]) else { throw unknown(names[0]) }
        }
        var rows: [(name: String, snapshot: LimiterSnapshot)] = []
        for name in names {
            if let snapshot = try await LimiterSnapshot.read(redis, name: name) { rows.append((name, snapshot)) }
        }
        if arguments.flag("--json") {
            Console.result(JSONValue.object(["limiters": .array(rows.map(json))]).canonical)
        } else if verb == "set" {
            Console.result(
                rate.map { "limiter \(names[0]): all workers take \($0) from now on" }
                    ?? "limiter \(names[0]): each worker takes its own rate again")
        } else {
            Console.result(text(rows).joined(separator: "\n"))
        }
        return ExitCode.complete
    }

    /// Nil for each worker's own.
    private static func rate(_ words: [String]) throws -> RequestRate? {
        guard words.count == 2 else {
            throw Failure.usage("'set' needs a rate such as 100/60s, or 'default' for each worker's own")
        }
        if words[1] == "default" { return nil }
        guard let rate = RequestRate(words[1]) else {
            throw Failure.usage("'\(words[1])': expected a rate such as 100/60s, or 'default'")
        }
        return rate
    }

    private static func chosen(_ arguments: Arguments, _ redis: RedisClient) async throws -> [String] {
        let names = try await LimiterControl(redis: redis).names()
        guard let name = arguments.value("--name") else { return names }
        guard names.contains(name) else { throw unknown(name) }
        return [name]
    }

    private static func unknown(_ name: String) -> Failure {
        .usage("no limiter '\(name)' was used within a day; 'trawl limit show' lists them")
    }

    // MARK: - Output

    private static func use(_ snapshot: LimiterSnapshot) -> String {
        if snapshot.gate > .zero { return "gated" }
        guard let period = snapshot.period, period > .zero else { return "free" }
        return snapshot.ahead >= period ? "full" : "free"
    }

    /// Requests a minute; nil where nothing limits them.
    private static func pace(_ snapshot: LimiterSnapshot) -> Double? {
        snapshot.period.flatMap { $0 > .zero ? 60 / $0.seconds : nil }
    }

    private static func text(_ rows: [(name: String, snapshot: LimiterSnapshot)]) -> [String] {
        guard !rows.isEmpty else { return ["no limiters"] }
        return Table.lines(
            ["LIMITER", "PACE/MIN", "SET", "USE", "NEXT SLOT", "GATE", "RESERVED", "429"],
            rows.map { name, snapshot in
                [
                    name, pace(snapshot).map { Quantity.decimal($0) } ?? "no limit",
                    snapshot.setRate.map { "\($0)" } ?? "-", use(snapshot), Quantity.milliseconds(snapshot.ahead),
                    snapshot.gate > .zero ? Quantity.duration(seconds: snapshot.gate.seconds) : "-",
                    Quantity.grouped(snapshot.reserved), Quantity.grouped(snapshot.throttled),
                ]
            })
    }

    private static func json(_ name: String, _ snapshot: LimiterSnapshot) -> JSONValue {
        .object([
            "name": .string(name), "perMinute": pace(snapshot).map { .number($0) } ?? .null,
            "set": snapshot.setRate.map { .string("\($0)") } ?? .null, "use": .string(use(snapshot)),
            "aheadSeconds": .number(snapshot.ahead.seconds), "gateSeconds": .number(snapshot.gate.seconds),
            "reserved": .integer(Int64(snapshot.reserved)), "throttled": .integer(Int64(snapshot.throttled)),
        ])
    }
}
