import Glibc

/// Request ids whose answer was lost. The next claim takes one up, so that what Redis granted is not waited out.
final class UnansweredRequests: Sendable {
    private let lock = Lock()
    // Safe: read and written only between `lock` and `unlock`.
    nonisolated(unsafe) private var requests: [String] = []

    func put(_ request: String) {
        lock.lock()
        defer { lock.unlock() }
        requests.append(request)
    }

    func take() -> String? {
        lock.lock()
        defer { lock.unlock() }
        return requests.popLast()
    }
}

/// A mutex for a few fields, never held across an `await`. (`Synchronization.Mutex` gives false reports under the
/// thread sanitizer on Linux.)
final class Lock: Sendable {
    // Safe: the address never changes, and pthread mutexes are made to be shared between threads.
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0, "pthread_mutex_init failed with \(code)")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }
}
