import TrawlCore

/// How many requests a client may send, and how that is counted.
package struct RateLimit: Sendable, Equatable {
    package enum Mode: Sendable, Equatable {
        /// Counts start again at fixed moments: twice the limit can pass within a moment.
        case fixedWindow
        /// No stretch of the window's length holds more than the limit.
        case slidingLog
        /// Tokens drip into a bucket of that capacity; each request takes one.
        case bucket(capacity: Int)
    }

    package var requests: Int
    package var window: Duration
    package var mode: Mode

    package init(requests: Int, window: Duration, mode: Mode = .fixedWindow) {
        self.requests = requests
        self.window = window
        self.mode = mode
    }

    /// Reads `300/60s`. Nil when the text is something else.
    package init?(_ text: some StringProtocol, mode: Mode = .fixedWindow) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let requests = Int(parts[0]), requests > 0, let window = DurationText.parse(parts[1])
        else { return nil }
        self.init(requests: requests, window: window, mode: mode)
    }
}
