import Foundation
import Redis
import TrawlCore
import TrawlQueue

/// `trawl doctor --chaos`: extracts from a simulated API while workers are killed and the schedule is wiped, and holds
/// every result against the truth.
struct Chaos {
    struct Options: Sendable {
        /// No round begins after this; one always does.
        var time: Duration
        /// Nil for a private one.
        var redis: RedisURLText?
        /// Nil for one under the system's temporary directory.
        var directory: String?
    }

    let options: Options
    let arguments: Arguments
    let console: Console

    func run() async throws -> Int32 {
        let signal = SignalFlag()
        let signals = SignalWatch.signals()
        let watch = Task {
            for await number in signals where !signal.raise(number) { _exit(ExitCode.signalled(number)) }
        }
        defer { watch.cancel() }
        let place = try ChaosPlace(options.directory, environment: arguments.environment)
        let privateRedis: PrivateRedis?
        let redis: RedisURLText
        if let given = options.redis {
            privateRedis = nil
            redis = given
        } else {
            let started = try await PrivateRedis.start(
                store: place.path, environment: arguments.environment, log: console.log())
            privateRedis = started
            redis = RedisURLText(socket: started.socket)
        }
        do {
            let report = try await rounds(redis, isPrivate: privateRedis != nil, in: place.path, signal)
            await privateRedis?.stop()
            if report.isEqual { try place.clear() }
            if let number = signal.raised { return ExitCode.signalled(number) }
            Console.result(
                arguments.flag("--json")
                    ? report.json.canonical : report.text(keptIn: place.path).joined(separator: "\n"))
            return report.exitCode
        } catch {
            await privateRedis?.stop()
            throw error
        }
    }

    private func rounds(
        _ redis: RedisURLText, isPrivate: Bool, in folder: String, _ signal: SignalFlag
    ) async throws -> ChaosReport {
        let client = try await RedisArguments.connect(redis.url, name: "trawl-chaos")
        defer { client.close() }
        if !isPrivate {
            try await RedisFitness.require(client, log: console.log())
            try await refuseServed(client)
        }
        var report = ChaosReport()
        let end = ContinuousClock.now + options.time
        repeat {
            let round = ChaosRound(
                number: report.rounds + 1, store: "\(folder)/round-\(report.rounds + 1)", redis: redis, client: client,
                isPrivate: isPrivate, arguments: arguments, console: console, signal: signal)
            try await round.run(&report)
            console.clearStatus()
        } while report.isEqual && signal.raised == nil && ContinuousClock.now < end
        report.seconds = (options.time - ContinuousClock.now.duration(to: end)).seconds
        return report
    }

    /// Workers that serve all runs of a Redis would fetch the round's shards, too, and from the real API.
    private func refuseServed(_ client: RedisClient) async throws {
        let workers = try await WorkerRegistry(redis: client).workers()
        let time = try await client.command("TIME").array
        let now = try time[0].integer * 1000
        guard let worker = workers.first(where: { now - $0.seenAt.milliseconds < 30_000 }) else { return }
        throw Failure.usage(
            "worker \(worker.name) serves this Redis and would take part; stop the workers, or name another database, such "
                + "as redis://localhost:6379/9")
    }
}

/// The directory of the rounds.
struct ChaosPlace {
    let path: String
    private let temporary: TemporaryFolder?

    /// Throws a usage ``Failure`` for a directory that is not empty.
    init(_ directory: String?, environment: [String: String]) throws {
        guard let directory else {
            let folder = try TemporaryFolder(environment: environment)
            temporary = folder
            path = folder.path
            return
        }
        temporary = nil
        path = directory
        let files = FileManager.default
        if files.fileExists(atPath: directory) {
            guard try files.contentsOfDirectory(atPath: directory).isEmpty else {
                throw Failure.usage("--out \(directory) is not empty; name a directory that is, or is not there yet")
            }
        } else {
            try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
    }

    /// Leaves nothing behind of what the rounds made.
    func clear() throws {
        if let temporary { return temporary.remove() }
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasPrefix("round-") {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }
}
