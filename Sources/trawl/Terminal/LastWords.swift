import Glibc
import Guarded
import Synchronization

/// What is still to be done however the process ends, save for SIGKILL: the terminal as it was, the result on standard
/// output.
enum LastWords {
    /// Gets the exit code.
    typealias Duty = @Sendable (Int32) -> Void

    private static let duties = Guarded<[Duty]>([])
    /// Whoever holds a lock that a duty needs may hang on a pipe that nobody reads.
    private static let patience = 100
    private static let pause: useconds_t = 10_000

    /// Duties are done in the reverse order, and must do nothing where nothing is left to be done.
    static func add(_ duty: @escaping Duty) {
        duties.with { $0.append(duty) }
    }

    /// Call it right before the process ends. Takes a second at most.
    static func say(_ code: Int32) {
        let list = duties.with { $0.reversed() as [Duty] }
        if list.isEmpty { return }
        let done = Flag()
        startThread {
            for duty in list { duty(code) }
            done.value.store(true, ordering: .sequentiallyConsistent)
        }
        for _ in 0..<patience where !done.value.load(ordering: .sequentiallyConsistent) { usleep(pause) }
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }
}
