import CSystem
import Glibc

/// Starts child processes that die with this one, however it ends.
///
/// The kernel sends the parent-death signal when the *thread* that forked ends, and threads of Swift's pool come and
/// go. So all children are forked by one thread that never ends.
enum Spawner {
    /// The child leads a session and a process group of its own. Its standard input is /dev/null.
    ///
    /// - Parameters:
    ///   - environment: all of it: nothing of this process's concerns a child unless it is said here.
    ///   - output: a descriptor for its standard output.
    ///   - error: a descriptor for its standard error.
    /// - Returns: the process id, or minus an errno value.
    static func spawn(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], directory: String, output: Int32,
        error: Int32
    ) async -> pid_t {
        await withCheckedContinuation { continuation in
            queue.add {
                let words = ([path] + arguments).map { strdup($0) }
                let settings = environment.map { strdup("\($0.key)=\($0.value)") }
                defer { for text in words + settings { free(text) } }
                let argv = words.map { UnsafePointer($0) } + [nil]
                let envp = settings.map { UnsafePointer($0) } + [nil]
                continuation.resume(
                    returning: CSystem_spawn(argv, envp, directory, -1, output, error, 1, SIGKILL))
            }
        }
    }

    private static let queue = Queue()

    /// `@unchecked`: `jobs` is only reached with the mutex held.
    private final class Queue: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        private var jobs: [@Sendable () -> Void] = []

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
            var thread = pthread_t()
            let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
                Unmanaged<Queue>.fromOpaque(pointer!).takeRetainedValue().run()
            }
            let code = pthread_create(&thread, nil, body, Unmanaged.passRetained(self).toOpaque())
            precondition(code == 0, "cannot start a thread")
            pthread_detach(thread)
        }

        func add(_ job: @escaping @Sendable () -> Void) {
            pthread_mutex_lock(mutex)
            jobs.append(job)
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }

        private func run() -> Never {
            while true {
                pthread_mutex_lock(mutex)
                while jobs.isEmpty { pthread_cond_wait(condition, mutex) }
                let job = jobs.removeFirst()
                pthread_mutex_unlock(mutex)
                job()
            }
        }
    }
}
