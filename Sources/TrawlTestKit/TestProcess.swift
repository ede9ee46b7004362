import Glibc

/// A program under test, in a session and a process group of its own. It dies with this process.
package actor TestProcess {
    package enum End: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    package struct Result: Sendable {
        package let end: End
        package let output: String
        package let error: String

        package var errorLines: [String] { error.split(separator: "\n").map(String.init) }
    }

    package nonisolated let id: Int32
    private let outputPath: String
    private let errorPath: String
    private var ended: End?

    /// Starts `path`; what it prints goes to two new files in `directory`.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String], directory: String
    ) async throws {
        outputPath = try Self.newFile(directory + "/stdout-XXXXXX")
        errorPath = try Self.newFile(directory + "/stderr-XXXXXX")
        let output = open(outputPath, O_WRONLY | O_APPEND | O_CLOEXEC)
        let error = open(errorPath, O_WRONLY | O_APPEND | O_CLOEXEC)
        id = await Spawner.spawn(
            path, arguments, environment: environment, directory: directory, output: output, error: error)
        close(output)
        close(error)
        guard id > 0 else { throw TestFailure("cannot start \(path): \(String(cString: strerror(-id)))") }
    }

    /// Does nothing once the process has ended: its number may be another's.
    package func send(_ signal: Int32) {
        if !hasEnded { kill(id, signal) }
    }

    /// To the process and to all children that did not leave its group, as a terminal does.
    package func sendToGroup(_ signal: Int32) {
        if !hasEnded { kill(-id, signal) }
    }

    package var hasEnded: Bool {
        var status: Int32 = 0
        if ended == nil, waitpid(id, &status, WNOHANG) == id {
            let signal = status & 0x7f
            ended = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
        }
        return ended != nil
    }

    /// What it printed to standard output so far.
    package var outputText: String { Self.text(outputPath) }

    /// What it printed to standard error so far.
    package var errorText: String { Self.text(errorPath) }

    /// Waits for the end. Throws when it does not come, with what the process said until then.
    package func result(within limit: Duration = .seconds(60)) async throws -> Result {
        let deadline = ContinuousClock.now + limit
        while !hasEnded {
            guard ContinuousClock.now < deadline else {
                throw TestFailure("the process did not end within \(limit); it said: \(errorText.suffix(3000))")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        return Result(end: ended!, output: Self.text(outputPath), error: errorText)
    }

    /// SIGKILL to the whole group; returns when the process itself is gone.
    package func end() async {
        guard !hasEnded else { return }
        sendToGroup(SIGKILL)
        while !hasEnded {
            // Cancellation must not leave it behind.
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    private static func newFile(_ pattern: String) throws -> String {
        var template = Array(pattern.utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw TestFailure("cannot create \(pattern): \(String(cString: strerror(errno)))") }
        close(file)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
