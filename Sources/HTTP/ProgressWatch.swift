/// Decides when a transfer has taken too long. A value: instants and byte counts in, a verdict out.
///
/// curl's own low-speed limit judges a moving average in whole seconds, so that a burst postpones the verdict; and
/// curl's own total time-out does not run while a request waits for a free connection.
struct ProgressWatch {
    private let noProgress: Duration
    private let deadline: ContinuousClock.Instant
    private var lastMoved: Int = 0
    private var lastMove: ContinuousClock.Instant
    private(set) var nextCheck: ContinuousClock.Instant

    init(_ timeouts: HTTPTimeouts, now: ContinuousClock.Instant) {
        noProgress = timeouts.noProgress
        deadline = now + timeouts.total
        lastMove = now
        nextCheck = now
        schedule(now)
    }

    /// `bytesMoved` so far in both directions; nil as long as there is no connection.
    mutating func check(bytesMoved: Int?, now: ContinuousClock.Instant) -> HTTPError.Phase? {
        guard now < deadline else { return .total }
        if bytesMoved != lastMoved || bytesMoved == nil {
            lastMoved = bytesMoved ?? 0
            lastMove = now
        }
        guard now < lastMove + noProgress else { return .noProgress }
        schedule(now)
        return nil
    }

    // A move is noticed at the check after it, hence up to this much too late.
    private mutating func schedule(_ now: ContinuousClock.Instant) {
        nextCheck = min(deadline, lastMove + noProgress, now + noProgress / 8)
    }
}
