import TrawlCore

/// Enforces a rate limit for one client. Refused requests do not count.
struct RateGate: Sendable {
    private let limit: RateLimit
    private let window: Int64
    private var count = 0
    private var windowNumber = Int64.min
    /// Instants of admitted requests, a ring as long as the limit.
    private var log: [Int64] = []
    private var oldest = 0
    private var tokens: Double
    private var refilled: Int64?

    init(limit: RateLimit) {
        self.limit = limit
        window = limit.window.wholeMicroseconds
        tokens = if case .bucket(let capacity) = limit.mode { Double(capacity) } else { 0 }
    }

    /// Nil when the request may pass, else the microseconds until one may.
    mutating func refusal(at now: Int64) -> Int64? {
        switch limit.mode {
        case .fixedWindow: fixedWindow(now)
        case .slidingLog: slidingLog(now)
        case .bucket(let capacity): bucket(now, capacity: Double(capacity))
        }
    }

    private mutating func fixedWindow(_ now: Int64) -> Int64? {
        if now / window != windowNumber {
            windowNumber = now / window
            count = 0
        }
        guard count < limit.requests else { return (windowNumber + 1) * window - now }
        count += 1
        return nil
    }

    private mutating func slidingLog(_ now: Int64) -> Int64? {
        guard log.count == limit.requests else {
            log.append(now)
            return nil
        }
        guard log[oldest] + window <= now else { return log[oldest] + window - now }
        log[oldest] = now
        oldest = (oldest + 1) % log.count
        return nil
    }

    private mutating func bucket(_ now: Int64, capacity: Double) -> Int64? {
        let perMicrosecond = Double(limit.requests) / Double(window)
        tokens = min(capacity, tokens + Double(now - (refilled ?? now)) * perMicrosecond)
        refilled = now
        // A token that is whole but for the rounding of doubles counts as whole.
        guard tokens < 1 - 1e-9 else {
            tokens -= 1
            return nil
        }
        return Int64(((1 - tokens) / perMicrosecond).rounded(.up))
    }
}
