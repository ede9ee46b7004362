import Glibc
import TrawlCore

/// Where the simulator gets the time from: microseconds that never go back.
package struct SimulatorClock: Sendable {
    package let microseconds: @Sendable () -> Int64

    package init(microseconds: @escaping @Sendable () -> Int64) {
        self.microseconds = microseconds
    }

    /// Time since the machine started: fixed windows of the rate limit therefore begin at no round minute.
    package static let system = SimulatorClock {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

extension Instant {
    /// The time of day of this machine.
    static var wallTime: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
