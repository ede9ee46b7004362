import Glibc
import Redis
import TrawlCore

/// A `redis-server` of the run's own, on a unix socket that only this user can reach.
///
/// It keeps nothing on disk: the store is the truth, and the schedule is rebuilt from it whenever this server is new.
/// It gets none of this process's environment, so no secret can be read from it.
actor PrivateRedis {
    /// Socket paths are limited by `sun_path`; the rest of 108 bytes is for the terminating zero.
    private static let longestSocketPath = 107

    nonisolated let socket: String
    private let program: String
    private let folder: String
    private let log: Log
    private var process: ChildProcess

    private init(process: ChildProcess, program: String, folder: String, socket: String, log: Log) {
        self.process = process
        self.program = program
        self.folder = folder
        self.socket = socket
        self.log = log
    }

    /// Starts the server and returns once it answers. The socket lies inside `store`, or under the system's temporary
    /// directory where the store's path is too long for one.
    static func start(store: String, environment: [String: String], log: Log) async throws -> PrivateRedis {
        guard let program = Executable.find("redis-server", path: environment["PATH"]) else {
            throw Failure(
                ExitCode.incomplete,
                "redis-server is not installed: run 'apt-get install redis-server', or name a running Redis with --redis URL"
            )
        }
        let folder = try socketFolder(store: store, temporary: environment["TMPDIR"] ?? "/tmp")
        let socket = folder + "/redis.sock"
        let log = log.with("process", "redis-server")
        let process = try await launch(program, folder: folder, socket: socket, log: log)
        let redis = PrivateRedis(process: process, program: program, folder: folder, socket: socket, log: log)
        do {
            try await redis.waitUntilReady()
        } catch {
            await redis.stop()
            throw error
        }
        return redis
    }

    /// Starts the server again, empty, if it has ended. Returns once it answers.
    func revive() async throws {
        guard process.hasEnded else { return }
        let end = await process.end
        log.warning("the private Redis \(end); starting another")
        process = try await Self.launch(program, folder: folder, socket: socket, log: log)
        try await waitUntilReady()
    }

    private static func launch(
        _ program: String, folder: String, socket: String, log: Log
    ) async throws -> ChildProcess {
        unlink(socket)
        return try await ChildProcess.start(
            [
                program, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--save", "", "--appendonly",
                "no",
                "--dir", folder, "--daemonize", "no", "--maxmemory-policy", "noeviction", "--logfile", "/dev/null",
            ],
            environment: ["PATH": "/usr/bin:/bin", "LANG": "C"], ownSession: true,
            errorLine: { log.warning($0) })
    }

    private func waitUntilReady() async throws {
        let client = RedisClient(url: RedisURL(endpoint: .unix(path: socket)))
        defer { client.close() }
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do {
                _ = try await client.command("PING")
                return
            } catch {
                guard ContinuousClock.now < deadline, !process.hasEnded else {
                    throw Failure(ExitCode.incomplete, "the private redis-server did not come up: \(error)")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Ends the server and removes its socket.
    func stop() async {
        process.send(signal: SIGKILL)
        _ = await process.end
        unlink(socket)
        rmdir(folder)
    }

    private static func socketFolder(store: String, temporary: String) throws -> String {
        let inside = store + "/.redis"
        if (inside + "/redis.sock").utf8.count <= longestSocketPath {
            guard mkdir(inside, 0o700) == 0 || errno == EEXIST else {
                throw StoreError.io(operation: "create", path: inside, reason: String(cString: strerror(errno)))
            }
            return inside
        }
        var template = Array("\(temporary)/trawl-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StoreError.io(
                operation: "create a directory in", path: temporary, reason: String(cString: strerror(errno)))
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
