import Glibc
import Guarded

/// SIGINT and SIGTERM as asynchronous sequences.
///
/// Both are blocked for the whole process before any other thread starts, and taken by the main thread, which does
/// nothing else: so none is lost, and none interrupts a system call. The main thread must not end up in the dispatch
/// library's own main loop: that one waits with every signal unblocked, and the first SIGINT would end the process.
enum SignalWatch {
    private static let watchers = Watchers()

    /// Call first thing in `main`. Also ignores SIGPIPE and SIGXFSZ: a closed pipe and a file that may not grow are
    /// errors of their writes, not ends.
    static func block() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        var set = watched
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Serves signals on the calling thread for good. One that nobody watches for ends the process at once.
    static func serve() -> Never {
        while true {
            var set = watched
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            // Not `exit`: its handlers would run beside threads that are at work.
            if !watchers.tell(number) {
                LastWords.say(ExitCode.signalled(number))
                _exit(ExitCode.signalled(number))
            }
        }
    }

    /// The signals from now on, until the sequence is dropped or its task is cancelled.
    static func signals() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            let key = watchers.add(continuation)
            continuation.onTermination = { _ in watchers.remove(key) }
        }
    }

    /// Ends all sequences: from now on a signal ends the process at once.
    static func endAll() { watchers.endAll() }

    private static var watched: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }

    private final class Watchers: Sendable {
        private struct State {
            var all: [Int: AsyncStream<Int32>.Continuation] = [:]
            var next = 0
        }

        private let state = Guarded(State())

        func add(_ continuation: AsyncStream<Int32>.Continuation) -> Int {
            state.with { state in
                state.next += 1
                state.all[state.next] = continuation
                return state.next
            }
        }

        func remove(_ key: Int) { _ = state.with { $0.all.removeValue(forKey: key) } }

        /// False when there is nobody to tell.
        func tell(_ number: Int32) -> Bool {
            // Told outside the lock: a termination handler takes it as well.
            let continuations = state.with { Array($0.all.values) }
            for continuation in continuations { continuation.yield(number) }
            return !continuations.isEmpty
        }

        func endAll() {
            let continuations = state.with { state in
                defer { state.all = [:] }
                return Array(state.all.values)
            }
            for continuation in continuations { continuation.finish() }
        }
    }
}
