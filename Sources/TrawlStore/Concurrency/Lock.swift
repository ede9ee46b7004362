import Glibc

/// A mutex over a few fields; never held while blocking. ThreadSanitizer sees it, unlike `Synchronization.Mutex`.
final class Lock: @unchecked Sendable {
    // Unchecked, because a pthread mutex is made to be shared; the pointer never changes.
    fileprivate let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}

/// Wakes threads that wait for a change of what a ``Lock`` guards.
final class Condition: @unchecked Sendable {
    // Unchecked for the same reason as the lock.
    private let lock: Lock
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init(_ lock: Lock) {
        self.lock = lock
        condition = .allocate(capacity: 1)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    /// The lock must be held; it is given up while waiting.
    func wait() { pthread_cond_wait(condition, lock.mutex) }

    func wakeAll() { pthread_cond_broadcast(condition) }
}
