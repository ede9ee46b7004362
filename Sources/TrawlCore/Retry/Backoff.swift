/// Exponential backoff with full jitter: the n-th delay is uniform in `(0, min(cap, base × 2ⁿ)]`.
///
/// Full jitter spreads many clients that failed together evenly, where equal steps would let them meet again
/// (AWS Architecture Blog, "Exponential Backoff And Jitter").
package struct Backoff: Hashable, Sendable {
    package var base: Duration
    package var cap: Duration

    package init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    /// The delay before try `tries + 1`, after `tries` tries failed.
    package func delay(after tries: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        .microseconds(Int64.random(in: choices(after: tries), using: &generator))
    }

    /// The generator is the system's, without an address of its own: passed on as `inout`, the thread sanitizer takes it
    /// for one shared variable.
    package func delay(after tries: Int) -> Duration {
        .microseconds(Int64.random(in: choices(after: tries)))
    }

    private func choices(after tries: Int) -> ClosedRange<Int64> {
        1...max(1, ceiling(after: tries).wholeMicroseconds)
    }

    /// The longest the delay can be.
    package func ceiling(after tries: Int) -> Duration {
        // Beyond 2³⁰ every base has passed its cap.
        min(cap, base * (1 << min(max(tries - 1, 0), 30)))
    }
}
