import Glibc
package import Redis

/// A private `redis-server` with nothing on disk, in a directory of its own. `stop` or the end of the object kills it
/// and removes the directory; so does the end of this process, for the server at least.
package actor RedisServer {
    package struct Options: Sendable {
        package var password: String?
        /// Listen on a free loopback port instead of a unix socket.
        package var usesTCP: Bool
        /// More words for the command line of `redis-server`.
        package var arguments: [String]

        package init(password: String? = nil, usesTCP: Bool = false, arguments: [String] = []) {
            self.password = password
            self.usesTCP = usesTCP
            self.arguments = arguments
        }
    }

    /// Why there is no server, with the end of its log.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Where it listens, with the password of the options.
    package nonisolated let url: RedisURL
    private let directory: String
    private let arguments: [String]
    /// 0 while no process runs.
    private var process: pid_t = 0

    /// Returns once the server answers PING.
    package init(_ options: Options = Options()) async throws {
        directory = try Self.makeDirectory()
        var words = ["--save", "", "--appendonly", "no", "--enable-debug-command", "local", "--dir", directory]
        if options.usesTCP {
            let port = try Self.freePort()
            url = RedisURL(endpoint: .tcp(host: "127.0.0.1", port: port), password: options.password)
            words += ["--port", String(port), "--bind", "127.0.0.1"]
        } else {
            let socket = directory + "/redis.sock"
            url = RedisURL(endpoint: .unix(path: socket), password: options.password)
            words += ["--port", "0", "--unixsocket", socket]
        }
        if let password = options.password { words += ["--requirepass", password] }
        arguments = words + options.arguments
        try await start()
    }

    deinit {
        if process > 0 { Self.end(process) }
        Self.remove(directory)
    }

    /// SIGKILL, as a power cut would do; returns when the process is gone. The socket file stays behind.
    package func kill() {
        guard process > 0 else { return }
        Self.end(process)
        process = 0
    }

    /// Starts the killed server again, empty, at the same place. Returns once it answers PING.
    package func restart() async throws {
        kill()
        try await start()
    }

    /// Freezes the server: connections are accepted by the kernel and nothing is answered, until `resume`.
    package func pause() {
        Glibc.kill(process, SIGSTOP)
        // The stop is asynchronous; without this wait a command could still slip through.
        var status: Int32 = 0
        waitpid(process, &status, WUNTRACED)
    }

    package func resume() { Glibc.kill(process, SIGCONT) }

    /// Kills the server and removes its directory.
    package func stop() {
        kill()
        Self.remove(directory)
    }

    private func start() async throws {
        let program = try Self.program()
        let log = open(directory + "/redis.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw Failure(description: "cannot write in \(directory): \(Self.errorText)") }
        process = await Spawner.spawn(program, arguments, directory: directory, output: log, error: log)
        close(log)
        guard process > 0 else {
            let code = -process
            process = 0
            throw Failure(description: "cannot start \(program): \(String(cString: strerror(code)))")
        }
        try await awaitAnswer()
    }

    private func awaitAnswer() async throws {
        let client = RedisClient(url: url)
        defer { client.close() }
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do {
                try await client.command("PING")
                return
            } catch {
                var status: Int32 = 0
                if waitpid(process, &status, WNOHANG) == process {
                    process = 0
                    throw Failure(description: "redis-server ended at once: \(logText)")
                }
                guard ContinuousClock.now < deadline else {
                    kill()
                    throw Failure(description: "redis-server does not answer: \(error); \(logText)")
                }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    private var logText: String {
        let file = open(directory + "/redis.log", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "no log" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).suffix(2000), as: UTF8.self)
    }

    private static var errorText: String { String(cString: strerror(errno)) }

    private static func program() throws -> String {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") where access("\(folder)/redis-server", X_OK) == 0 {
            return "\(folder)/redis-server"
        }
        throw Failure(description: "redis-server is not installed (Debian: apt-get install redis-server)")
    }

    private static func makeDirectory() throws -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/trawl-redis-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(description: "no directory in \(base): \(errorText)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A port that was free a moment ago. Where another process is quicker, the server's start fails and says so.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard code == 0 else { throw Failure(description: "no free port: \(errorText)") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func end(_ process: pid_t) {
        Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// The server writes only plain files here. Failures leave a directory in the temporary folder, no more.
    private static func remove(_ directory: String) {
        guard let list = opendir(directory) else { return }
        while let entry = readdir(list) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unlink(directory + "/" + name) }
        }
        closedir(list)
        rmdir(directory)
    }
}
