import Glibc

/// A value that is only reachable while its mutex is held.
///
/// `Synchronization.Mutex` would serve, but ThreadSanitizer on Linux does not see it and reports races that are none.
package final class Guarded<Value: Sendable>: @unchecked Sendable {  // the mutex orders every access to `value`
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        let result = pthread_mutex_init(mutex, nil)
        precondition(result == 0, "pthread_mutex_init failed")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the mutex held. Blocks the thread meanwhile, and `body` must not come back here: it would wait
    /// for itself.
    package func with<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
