import CSystem
import Glibc
import Synchronization
import TrawlEngine

/// A process this one started and watches. Its standard error arrives line by line.
final class ChildProcess: Sendable {
    enum End: Hashable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case signalled(Int32)

        var description: String {
            switch self {
            case .exited(let code): "exited with code \(code)"
            case .signalled(let number): "was ended by signal \(number)"
            }
        }
    }

    let id: pid_t
    /// The child's standard input: closing it tells a supervised worker that nobody supervises it any more.
    private let control: Int32
    private let ended: Task<End, Never>
    private let gone: Gone

    private final class Gone: Sendable {
        let flag = Atomic(false)
    }

    /// Children are started from this one thread, which lives as long as the process: Linux ties the death signal to
    /// the thread that forked, and the threads of the pool come and go.
    private static let spawner = ThreadExecutor()

    /// Starts a program with exactly this environment. `ownSession` keeps a terminal's Ctrl-C from it and has it killed
    /// when this process ends: one that is asked to end tidies up first, and would remove what its successor has made.
    static func start(
        _ arguments: [String], environment: [String: String], ownSession: Bool,
        errorLine: @escaping @Sendable (String) -> Void
    ) async throws -> ChildProcess {
        let started = await Task(executorPreference: spawner) { () -> Result<(pid_t, Int32, Int32), Failure> in
            var input: [Int32] = [0, 0]
            var error: [Int32] = [0, 0]
            var failure = CSystem_pipe(&input)
            guard failure == 0 else { return .failure(cannotStart(arguments[0], -failure)) }
            failure = CSystem_pipe(&error)
            guard failure == 0 else {
                for descriptor in input { close(descriptor) }
                return .failure(cannotStart(arguments[0], -failure))
            }
            let process = withCStrings(arguments) { argv in
                withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                    CSystem_spawn(
                        argv, envp, nil, input[0], -1, error[1], ownSession ? 1 : 0, ownSession ? SIGKILL : 0)
                }
            }
            close(input[0])
            close(error[1])
            guard process > 0 else {
                close(input[1])
                close(error[0])
                return .failure(cannotStart(arguments[0], -process))
            }
            return .success((process, input[1], error[0]))
        }.value
        let (process, control, error) = try started.get()
        return ChildProcess(id: process, control: control, error: error, errorLine: errorLine)
    }

    private init(id: pid_t, control: Int32, error: Int32, errorLine: @escaping @Sendable (String) -> Void) {
        self.id = id
        self.control = control
        let gone = Gone()
        self.gone = gone
        ended = Task {
            await onThread {
                let status = Self.watch(id, error, errorLine)
                close(error)
                gone.flag.store(true, ordering: .releasing)
                close(control)
                let signal = status & 0x7f
                return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
            }
        }
    }

    /// When the process has ended and all its lines have been delivered.
    var end: End {
        get async { await ended.value }
    }

    /// Whether the process has ended, without waiting for it.
    var hasEnded: Bool { gone.flag.load(ordering: .acquiring) }

    func send(signal: Int32) {
        // A process that is gone may have left its number to another.
        if !hasEnded { kill(id, signal) }
    }

    /// Writes a line to the child's standard input. A child that is gone does not read it.
    func tell(_ line: String) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(control, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// How often a silent process is looked at, in milliseconds.
    private static let lookEvery: Int32 = 200

    /// Delivers the lines of a process until it has ended, and returns the status it ended with.
    ///
    /// The end of the lines is not waited for: a process it started itself, a crash reporter for one, may outlive it with
    /// the same standard error.
    private static func watch(_ id: pid_t, _ descriptor: Int32, _ deliver: (String) -> Void) -> Int32 {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var rest: [UInt8] = []
        var status: Int32 = 0
        var hasEnded = false
        while true {
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wanted, 1, hasEnded ? 0 : lookEvery)
            if ready == 0 {
                if hasEnded { break }
                // Once more around, for what it wrote at last.
                hasEnded = waitpid(id, &status, WNOHANG) == id
            }
            guard ready > 0 else { continue }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                deliver(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        if !rest.isEmpty { deliver(String(decoding: rest, as: UTF8.self)) }
        if !hasEnded { while waitpid(id, &status, 0) < 0, errno == EINTR {} }
        return status
    }

    private static func cannotStart(_ program: String, _ reason: Int32) -> Failure {
        Failure(ExitCode.incomplete, "cannot start \(program): \(String(cString: strerror(reason)))")
    }
}

/// Lends a NULL-terminated array of C strings.
private func withCStrings<T>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T) -> T {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { $0.map { UnsafePointer<CChar>($0) } } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}
