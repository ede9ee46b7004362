import Foundation
import Guarded
import Redis
import Simulator
import TrawlCore
import TrawlQueue
import TrawlStore

/// One extraction under faults: a simulated API in this process, `trawl run` and its workers as they always are.
struct ChaosRound {
    let number: Int
    let store: String
    let redis: RedisURLText
    let client: RedisClient
    let isPrivate: Bool
    let arguments: Arguments
    let console: Console
    let signal: SignalFlag

    private static let conversations = 10_000
    /// Between two faults, in milliseconds.
    private static let pause = 300...1200
    /// Kills between two wipes. A wipe also forgets how many workers died over a shard: with more of them, one that was
    /// merely unlucky would be given up as one that kills workers.
    private static let killsPerWipe = 2

    func run(_ report: inout ChaosReport) async throws {
        var options = SimulatorOptions(
            interval: Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-03T00:00:00Z")!)!)
        options.seed = UInt64(number)
        options.conversations = Self.conversations
        options.recordSize = .small
        options.latency = .milliseconds(60)
        options.latencyJitter = .milliseconds(120)
        let simulator = try Simulator(options)
        let url = try simulator.start()
        defer { simulator.stop() }
        let lines = Guarded<[String]>([])
        let isVerbose = console.isVerbose
        let console = console
        let run = try await ChildProcess.start(
            words(url), environment: environment, ownSession: true,
            errorLine: { line in
                if isVerbose { console.line(line) }
                lines.with { $0 = Array(($0 + [line]).suffix(20)) }
            })
        await disturb(run, &report)
        let end = await run.end
        try await tidy(run, url)
        report.rounds += 1
        let statistics = simulator.statistics
        report.pages += statistics.pages.count
        report.repeated += statistics.pages.values.reduce(0) { $0 + $1 - 1 }
        guard signal.raised == nil else { return }
        guard end == .exited(ExitCode.complete) else {
            report.failure = "round \(number): the run \(end): \(lines.with { $0.last } ?? "it said nothing")"
            return
        }
        report.compare(try result(), with: truth(simulator))
    }

    private func words(_ url: String) -> [String] {
        [
            Executable.own, "run", "--from", "2024-01-01", "--to", "2024-01-03", "--out", store, "--api-url", url,
            "--rate", "none", "--shard", "1h", "--workers", "3", "--slots", "1", "--compress", "none",
        ]
    }

    /// As a worker's, with credentials that are no secret.
    private var environment: [String: String] {
        APIOptions.workerEnvironment(arguments).merging([
            APIOptions.idVariable: "simulator", APIOptions.secretVariable: "simulator-secret",
            RedisArguments.variable: redis.text,
        ]) { $1 }
    }

    // MARK: - Faults

    /// Until the run has ended: by itself, or because someone wants this process to end.
    private func disturb(_ run: ChildProcess, _ report: inout ChaosReport) async {
        var faults = 0
        var settled = 0
        var next = ContinuousClock.now + .milliseconds(Int.random(in: Self.pause))
        while !run.hasEnded {
            if signal.raised != nil {
                run.send(signal: SIGTERM)
                _ = await run.end
                return
            }
            console.status(
                "round \(number): \(report.workersKilled) workers killed, schedule wiped \(report.schedulesWiped) times"
            )
            // Cancellation is not used here; the loop ends with the run.
            try? await Task.sleep(for: .milliseconds(20))
            // Every fault finds work done since the last one: on a slow machine, workers that are killed as soon as they
            // start would end the run, and rightly.
            guard ContinuousClock.now >= next, outcomes > settled else { continue }
            let before = outcomes
            let isWipe = faults % (Self.killsPerWipe + 1) == Self.killsPerWipe
            if isWipe ? await wipe() : killOne(of: run) {
                faults += 1
                settled = before
                if isWipe { report.schedulesWiped += 1 } else { report.workersKilled += 1 }
                next = .now + .milliseconds(Int.random(in: Self.pause))
            }
        }
    }

    /// How many shards are settled.
    private var outcomes: Int {
        // None as long as there is no such directory.
        (try? FileManager.default.contentsOfDirectory(atPath: "\(store)/out").count) ?? 0
    }

    /// Whether there was a worker to kill.
    private func killOne(of run: ChildProcess) -> Bool {
        guard !run.hasEnded, let victim = ProcessIdentity.children(of: run.id).randomElement() else { return false }
        return kill(victim, SIGKILL) == 0
    }

    /// Takes the run's keys away, or all keys of a Redis that is ours. Whether there were any.
    private func wipe() async -> Bool {
        // A Redis that does not answer is the run's business; the next turn tries again.
        if isPrivate { return (try? await client.command("FLUSHALL")) != nil }
        guard let run = try? runName, let keys = try? RunKeys(run: run) else { return false }
        let gone = try? await client.send(RedisCommand("DEL", arguments: keys.all)).integer
        return gone ?? 0 > 0
    }

    private var runName: String? {
        get throws {
            guard access("\(store)/plan.json", F_OK) == 0 else { return nil }
            return try DirectoryStore.open(path: store).plan.run
        }
    }

    /// Takes everything of the round off a Redis that others use.
    private func tidy(_ run: ChildProcess, _ url: String) async throws {
        guard !isPrivate, let name = try runName else { return }
        let credentials = Credentials.client(id: "simulator", secret: Secret("simulator-secret"))
        let settings = APISettings(apiURL: url, loginURL: url, credentials: credentials)
        try await remove(RunKeys(run: name).all + [Keys.limiter(settings.limiterName)])
        // Claims have names of their own. The run's name has nothing that a pattern would take for more than itself.
        var cursor = "0"
        repeat {
            let reply = try await client.command("SCAN", cursor, "MATCH", "trawl:{\(name)}:*", "COUNT", 1000).array
            guard reply.count == 2 else { break }
            cursor = try reply[0].text
            try await remove(reply[1].array.map { try $0.text })
        } while cursor != "0"
        try await RunRegistry(redis: client).remove(name)
        let registry = WorkerRegistry(redis: client)
        for worker in try await registry.workers() where worker.name.contains(".\(run.id).worker-") {
            try await registry.leave(worker.name)
        }
    }

    private func remove(_ keys: [String]) async throws {
        if !keys.isEmpty { _ = try await client.send(RedisCommand("DEL", arguments: keys)) }
    }

    // MARK: - Comparison

    private func result() throws -> [ArraySlice<UInt8>] {
        let root = "\(store)/merged"
        var bytes: [UInt8] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: root).sorted() where name.hasSuffix(".ndjson") {
            guard let data = FileManager.default.contents(atPath: "\(root)/\(name)") else {
                throw Failure(ExitCode.incomplete, "\(root)/\(name) cannot be read")
            }
            bytes += data
        }
        return Self.lines(bytes)
    }

    private func truth(_ simulator: Simulator) -> [ArraySlice<UInt8>] {
        var bytes: [UInt8] = []
        simulator.forEachTruth(in: simulator.interval) { bytes += $0 }
        return Self.lines(bytes)
    }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "\n")) }
}
