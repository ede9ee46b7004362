import Foundation
import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// `trawl plan`: writes a run's plan and puts its shards on a shared Redis, for workers elsewhere.
enum PlanCommand {
    static let spec = CommandSpec(
        name: "plan", summary: "plan a run and put its shards on a Redis, for 'trawl worker' to fetch",
        examples: [
            .init(
                purpose: "what would a year take? nothing is written",
                line: "trawl plan --from 2023-01-01 --to 2024-01-01 --dry-run"),
            .init(
                purpose: "plan it into a directory that all workers see",
                line:
                    "trawl plan --from 2023-01-01 --to 2024-01-01 --out /mnt/history/2023 --redis redis://redis.internal:6379 "
                    + "--region eu-central-1"),
        ],
        sections: [
            ("What to extract", PlanOptions.options),
            (
                "Where to",
                [
                    OptionSpec(
                        "--out", "DIR", "the run's directory; made if missing, refused if it holds another run",
                        takes: .directory),
                    RedisArguments.option,
                    OptionSpec("--dry-run", nil, "only say what would be planned"),
                ]
            ),
            (
                "The API",
                APIOptions.options.filter {
                    ["--region", "--api-url", "--login-url", "--insecure-http", "--rate"].contains($0.name)
                }
            ),
            ("Output", OutputOptions.options + [OutputOptions.logFormat]),
        ],
        notes: ["The same command again puts what is still owed back on the Redis, also after that was wiped."],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let console = OutputOptions.console(arguments)
        let request = try PlanOptions.request(arguments)
        let rate = try APIOptions.rate(arguments)
        if arguments.flag("--dry-run") {
            let plan = Planning.plan(request, apiURL: "", loginURL: "")
            return show(plan, owed: plan.roots.count, rate: rate, arguments: arguments, isDry: true)
        }
        guard let out = try arguments.value("--out", expecting: "a directory", { $0.isEmpty ? nil : $0 }) else {
            throw Failure.usage("--out is missing: name the run's directory, or use --dry-run")
        }
        let url = try RedisArguments.required(arguments)
        let addresses = try APIOptions.addressesOnly(arguments)
        let redis = try await RedisArguments.connect(url, name: "trawl-plan", requiringFitness: console.log())
        defer { redis.close() }
        let path = URL(fileURLWithPath: out).standardizedFileURL.path
        let plan = Planning.plan(request, apiURL: addresses.api, loginURL: addresses.login)
        let store = try DirectoryStore.create(path: path, plan: plan)
        try await Schedule(redis: redis, store: store, log: console.log()).install()
        return show(store.plan, owed: try store.ledger().owed.count, rate: rate, arguments: arguments, isDry: false)
    }

    private static func show(_ plan: Plan, owed: Int, rate: RequestRate?, arguments: Arguments, isDry: Bool) -> Int32 {
        // Every shard takes a request at least; how many more, only the API knows.
        let minutes = rate.map { Double(owed) / (Double($0.limit) / $0.window.seconds) / 60 }
        if arguments.flag("--json") {
            var members: [String: JSONValue] = [
                "shards": .integer(Int64(plan.roots.count)), "owed": .integer(Int64(owed)),
                "from": .string(plan.interval.from.rfc3339), "to": .string(plan.interval.to.rfc3339),
                "leastRequests": .integer(Int64(owed)), "planHash": .string(plan.hash),
            ]
            if let minutes { members["leastMinutes"] = .number(minutes) }
            if !isDry { members["run"] = .string(plan.run) }
            Console.result(JSONValue.object(members).canonical)
        } else {
            let time = minutes.map { ", \(Quantity.duration(seconds: $0 * 60)) at \(rate.map { "\($0)" } ?? "")" } ?? ""
            Console.result(
                "\(isDry ? "would plan" : "planned run \(plan.run):") \(Quantity.count(plan.roots.count, "shard")) of "
                    + "\(plan.shardSize) from \(plan.interval.from) to \(plan.interval.to); \(Quantity.grouped(owed)) owed; "
                    + "at least \(Quantity.count(owed, "request"))\(time), and one more for every \(plan.pageSize) conversations"
            )
        }
        return ExitCode.complete
    }
}
