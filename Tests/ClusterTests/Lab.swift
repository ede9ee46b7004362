import FoundationEssentials
import Glibc
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

@testable import TrawlStore

/// One test's world: a simulated Genesys Cloud, an empty directory, and the processes the test starts.
actor Lab {
    let simulator: Simulator
    let url: String
    /// Empty at first; removed at the end.
    let scratch: String
    private var processes: [TestProcess] = []

    /// Two days with a few thousand small conversations.
    static var small: SimulatorOptions {
        var options = SimulatorOptions(
            interval: Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-03T00:00:00Z")!)!)
        options.conversations = 3000
        options.recordSize = .small
        return options
    }

    /// Runs `body` in a new lab. At the end, however it comes, all processes are killed, none may be left over, and the
    /// directory is removed.
    static func with(
        _ options: SimulatorOptions = small, faults: String? = nil, latency: Duration = .zero,
        _ body: (Lab) async throws -> Void
    ) async throws {
        var options = options
        options.faultScript = faults.map { Array($0.utf8) }
        options.latency = latency
        let lab = try Lab(options)
        do {
            try await body(lab)
        } catch {
            await lab.close()
            throw error
        }
        await lab.close()
    }

    private init(_ options: SimulatorOptions) throws {
        simulator = try Simulator(options)
        url = try simulator.start()
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/trawl-lab-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("cannot create a directory in \(base)") }
        scratch = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func close() async {
        for process in processes.reversed() { await process.end() }
        do {
            try await eventually("no process is left over", within: .seconds(20)) { strays.isEmpty }
        } catch {
            Issue.record("left over: \(strays)")
            for stray in strays { kill(stray.id, SIGKILL) }
        }
        simulator.stop()
        do {
            try FileManager.default.removeItem(atPath: scratch)
        } catch {
            Issue.record("cannot remove \(scratch): \(error)")
        }
    }

    // MARK: - Processes

    /// Everything that runs for this lab: by its directory, which is in the command line or the working directory.
    nonisolated var strays: [ProcessTable.Entry] { ProcessTable.mentioning(scratch) }

    /// What a `trawl` of this lab finds in its environment.
    nonisolated var environment: [String: String] {
        var environment = [
            "GENESYSCLOUD_OAUTHCLIENT_ID": "simulator", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "simulator-secret",
            "SWIFT_BACKTRACE": "enable=no", "TMPDIR": scratch,
        ]
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH", "TSAN_OPTIONS"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        return environment
    }

    /// Starts `trawl` in the lab's directory.
    func start(_ words: [String], environment changes: [String: String] = [:]) async throws -> TestProcess {
        try await start(program: try Self.trawl, words, environment: changes)
    }

    /// Starts `trawl` from a shell that has run `preparation` first.
    func start(after preparation: String, _ words: [String]) async throws -> TestProcess {
        try await start(
            program: "/bin/sh", ["-c", "\(preparation); exec \"$0\" \"$@\"", try Self.trawl] + words, environment: [:])
    }

    /// Starts another program in the lab's directory.
    func start(
        program: String, _ words: [String], environment changes: [String: String]
    ) async throws -> TestProcess {
        let process = try await TestProcess(
            program, words, environment: environment.merging(changes) { $1 }, directory: scratch)
        processes.append(process)
        return process
    }

    /// Runs `trawl` to its end.
    func trawl(_ words: String..., environment: [String: String] = [:]) async throws -> TestProcess.Result {
        try await start(words, environment: environment).result()
    }

    /// The words of a `trawl run` of the whole population into `out`.
    nonisolated func run(
        _ out: String = "out", shard: String = "6h", workers: Int = 2, _ more: String...
    ) -> [String] {
        [
            "run", "--from", "2024-01-01", "--to", "2024-01-03", "--out", out, "--api-url", url, "--rate", "none",
            "--shard", shard, "--workers", String(workers),
        ] + more
    }

    /// Plans the whole population on a Redis into `out`.
    func plan(on redis: String, shard: String = "1h") async throws {
        try await complete([
            "plan", "--from", "2024-01-01", "--to", "2024-01-03", "--shard", shard, "--out", "out", "--api-url", url,
            "--redis", redis,
        ])
    }

    /// Runs it to its end, which must be a complete one.
    func complete(_ words: [String]) async throws {
        let result = try await start(words).result()
        try #require(result.end == .exited(0), "\(result.error)")
    }

    /// The worker processes of a run in this lab.
    nonisolated var workers: [ProcessTable.Entry] { strays.filter { $0.command.contains(" worker --supervised ") } }

    /// The private Redis servers of runs in this lab.
    nonisolated var redisServers: [ProcessTable.Entry] { strays.filter { $0.command.contains("redis-server") } }

    /// The built program, beside the tests.
    static var trawl: String {
        get throws {
            let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
            guard access(path + "/trawl", X_OK) == 0 else { throw TestFailure("there is no trawl in \(path)") }
            return path + "/trawl"
        }
    }

    // MARK: - Files

    nonisolated func path(_ name: String) -> String { scratch + "/" + name }

    nonisolated func exists(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

    nonisolated func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    /// Every file below `folder`, by its path relative to it.
    nonisolated func files(_ folder: String) throws -> [String: [UInt8]] {
        let root = path(folder)
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isFolder), !isFolder else {
                continue
            }
            files[name] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + name)))
        }
        return files
    }

    /// The merged result's lines, in the order of its files.
    nonisolated func merged(_ out: String = "out") throws -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in try files(out + "/merged").sorted(by: { $0.key < $1.key }) {
            bytes += name.hasSuffix(".zst") ? try Self.decompressed(content) : content
        }
        return bytes
    }

    private static func decompressed(_ frames: [UInt8]) throws -> [UInt8] {
        let decompressor = ZstdDecompressor()
        var bytes: [UInt8] = []
        var rest = frames[...]
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let step = try rest.withUnsafeBytes { input in
                try buffer.withUnsafeMutableBytes { try decompressor.step(input, into: $0) }
            }
            rest = rest.dropFirst(step.consumed)
            bytes += buffer[..<step.produced]
            if rest.isEmpty, step.isAtFrameEnd { return bytes }
            guard step.consumed + step.produced > 0 else { throw TestFailure("a frame is cut short") }
        }
    }

    // MARK: - Truth

    /// What a perfect extraction holds.
    nonisolated func truth(_ source: TruthSource = .query) -> [UInt8] {
        var bytes: [UInt8] = []
        simulator.forEachTruth(in: simulator.interval, source: source) { bytes += $0 }
        return bytes
    }

    /// The run in `out` holds exactly the truth, and says so.
    nonisolated func expectTruth(
        _ out: String = "out", _ source: TruthSource = .query, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        // Compared first: megabytes make a poor message.
        let isTrue = try merged(out) == truth(source)
        #expect(isTrue, "the merged result is not the truth", sourceLocation: sourceLocation)
        #expect(exists(out + "/_SUCCESS"), sourceLocation: sourceLocation)
    }

    /// Returns once the simulator has seen `count` API requests.
    nonisolated func requests(_ count: Int) async throws {
        try await eventually("\(count) requests") { simulator.statistics.apiRequests >= count }
    }

    /// The intervals of which a page was asked for more than once.
    nonisolated var repeatedIntervals: Set<String> {
        Set(simulator.statistics.repeatedPages.keys.map(\.interval))
    }
}
