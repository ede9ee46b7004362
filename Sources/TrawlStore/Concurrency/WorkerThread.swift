import Glibc

/// A thread of its own for blocking work, outside the cooperative pool. Must be joined.
final class WorkerThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        let code = pthread_create(&thread, nil, Self.main, argument)
        precondition(code == 0, "cannot start a thread: \(String(cString: strerror(code)))")
    }

    func join() {
        pthread_join(thread, nil)
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        Unmanaged<Body>.fromOpaque(argument.unsafelyUnwrapped).takeRetainedValue().run()
        return nil
    }
}
