import Foundation
import Redis
import TrawlCore
import TrawlQueue
import TrawlStore

/// `trawl runs`: every run that a Redis knows, or that lies in directories.
enum RunsCommand {
    static let spec = CommandSpec(
        name: "runs", summary: "every run that a Redis knows, or that lies in a directory",
        examples: [
            .init(purpose: "what is that Redis working on?", line: "trawl runs --redis redis://redis.internal:6379"),
            .init(purpose: "which runs lie in /mnt/history, and how far is each?", line: "trawl runs /mnt/history"),
        ],
        positional: "[DIR…]", mostPositionals: 1000, takesBeyond: .directory,
        sections: [("Where", [RedisArguments.option]), ("Output", OutputOptions.options)],
        notes: [
            "With directories, lists the runs that lie in them or are them, as 'trawl status' has each. With a Redis, what "
                + "is scheduled there, and behind it what each run's store says where this machine can reach it. Runs stay "
                + "known to a Redis for a week after they are complete.",
            "Exit code 0 when the list could be made, however the runs in it are doing.",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let folders = arguments.positionals
        if !folders.isEmpty, arguments.value("--redis") != nil {
            throw Failure.usage("name directories or a Redis, not both")
        }
        let rows: [Row]
        if !folders.isEmpty {
            rows = try folders.flatMap { try stores(in: $0) }.map(row(store:))
        } else if let url = try RedisArguments.url(arguments) {
            rows = try await scheduled(url)
        } else {
            throw Failure.usage("name a Redis (--redis URL) or directories: trawl runs DIR")
        }
        if arguments.flag("--json") {
            Console.result(JSONValue.object(["runs": .array(rows.map(json))]).canonical)
        } else {
            Console.result(text(rows, isScheduled: folders.isEmpty).joined(separator: "\n"))
        }
        return ExitCode.complete
    }

    /// One run. What is not known of it is nil.
    private struct Row {
        var run: String
        var state: String
        var done: Int?
        var owed: Int?
        var dead: Int?
        var requests: Int?
        var epoch: Int?
        var store: String
        /// What a store says whose run was found in Redis, or why it says nothing.
        var standing: String?
    }

    // MARK: - In a Redis

    private static func scheduled(_ url: RedisURL) async throws -> [Row] {
        let redis = try await RedisArguments.connect(url, name: "trawl-runs")
        defer { redis.close() }
        let registry = RunRegistry(redis: redis)
        let stores = try await registry.runs()
        var rows: [Row] = []
        for run in try await registry.known() {
            let snapshot = try await RunSnapshot.read(redis, run: run)
            let path = snapshot?.store ?? stores[run] ?? ""
            rows.append(
                Row(
                    run: run, state: snapshot.map(state) ?? "no schedule", done: snapshot?.done,
                    owed: snapshot?.open, dead: snapshot?.dead, requests: snapshot?.progress.requests,
                    epoch: snapshot?.epoch, store: path, standing: standing(run, path)))
        }
        return rows
    }

    private static func state(_ snapshot: RunSnapshot) -> String {
        if snapshot.isForeign { return "to be rebuilt" }
        return snapshot.halt == nil || snapshot.state != .draining ? snapshot.state.rawValue : "halted"
    }

    private static func standing(_ run: String, _ path: String) -> String {
        do {
            let store = try DirectoryStore.open(path: path)
            guard store.plan.run == run else { return "holds another run here" }
            return try StoreStanding.state(store, store.ledger())
        } catch StoreError.foreign {
            return "not here"
        } catch {
            return "cannot be read: \(error)"
        }
    }

    // MARK: - In directories

    /// The directory itself, if it holds a run, else those directly in it that do.
    static func stores(in folder: String) throws -> [String] {
        let path = URL(fileURLWithPath: folder).standardizedFileURL.path
        let files = FileManager.default
        if files.fileExists(atPath: path + "/plan.json") { return [path] }
        guard let names = try? files.contentsOfDirectory(atPath: path) else {
            throw Failure.usage("\(folder): no such directory, or it cannot be read")
        }
        return names.sorted().map { path + "/" + $0 }.filter { files.fileExists(atPath: $0 + "/plan.json") }
    }

    private static func row(store path: String) -> Row {
        do {
            let store = try DirectoryStore.open(path: path)
            let ledger = try store.ledger()
            return Row(
                run: store.plan.run, state: try StoreStanding.state(store, ledger), done: ledger.parts.count,
                owed: ledger.owed.count, dead: ledger.dead.count, requests: ledger.requests, store: path)
        } catch {
            return Row(run: "?", state: "cannot be read: \(Failure(anything: error).message)", store: path)
        }
    }

    // MARK: - Output

    private static func text(_ rows: [Row], isScheduled: Bool) -> [String] {
        guard !rows.isEmpty else { return ["no runs"] }
        func number(_ value: Int?) -> String { value.map { Quantity.grouped($0) } ?? "-" }
        var head = ["RUN", "STATE", "DONE", "OWED", "DEAD", "REQUESTS"]
        if isScheduled { head.append("EPOCH") }
        return Table.lines(
            head + ["STORE"],
            rows.map { row in
                let counts = [row.done, row.owed, row.dead, row.requests].map(number)
                let store = row.standing.map { "\(row.store) (\($0))" } ?? row.store
                return [row.run, row.state] + counts + (isScheduled ? [number(row.epoch)] : []) + [store]
            })
    }

    private static func json(_ row: Row) -> JSONValue {
        func number(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        var members: [String: JSONValue] = [
            "run": .string(row.run), "state": .string(row.state), "store": .string(row.store),
            "done": number(row.done), "owed": number(row.owed), "dead": number(row.dead),
            "requests": number(row.requests),
        ]
        if let standing = row.standing {
            members["storeState"] = .string(standing)
            members["epoch"] = number(row.epoch)
        }
        return .object(members)
    }
}
