import Glibc

/// SIGINT and SIGTERM as an asynchronous sequence.
///
/// Both are blocked for the whole process before any thread starts, and taken by one thread that waits for them: so
/// none is lost, and none interrupts a system call.
enum SignalWatch {
    /// Call first thing in `main`. Also ignores SIGPIPE: a closed pipe is an error of its write, not an end.
    static func block() {
        signal(SIGPIPE, SIG_IGN)
        var set = watched
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static var watched: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }

    static func signals() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            startThread {
                while true {
                    var set = watched
                    var number: Int32 = 0
                    if sigwait(&set, &number) == 0 { continuation.yield(number) }
                }
            }
        }
    }
}
