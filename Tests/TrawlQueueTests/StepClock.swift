import Synchronization
import TrawlQueue

/// A clock on which sleeping takes no time: it steps to the deadline, and further where told.
final class StepClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let microseconds = Atomic<Int64>(0)
    private let sleeps = Atomic<Int>(0)
    /// Called before each sleep with its number, from 0, and its length; returns how much too long it is to take.
    private let onSleep: @Sendable (Int, Duration) async throws -> Duration

    init(onSleep: @escaping @Sendable (Int, Duration) async throws -> Duration = { _, _ in .zero }) {
        self.onSleep = onSleep
    }

    var now: Instant { Instant(offset: .microseconds(microseconds.load(ordering: .sequentiallyConsistent))) }
    var minimumResolution: Duration { .microseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let number = sleeps.add(1, ordering: .sequentiallyConsistent).oldValue
        let length = max(.zero, now.duration(to: deadline))
        let late = try await onSleep(number, length)
        let target = deadline.advanced(by: late).offset
        let value = target.components.seconds * 1_000_000 + target.components.attoseconds / 1_000_000_000_000
        _ = microseconds.max(value, ordering: .sequentiallyConsistent)
    }
}
