import TrawlCore

/// How many requests a credential may make, and how much of that is left unused so that none is refused.
///
/// Slots lie one period apart: `window / (limit - margin)`. A request that leaves up to `margin` periods after its slot
/// still cannot make any window hold more than `limit`, however the server aligns its windows.
package struct RequestRate: Hashable, Sendable {
    /// Requests the server allows in one window.
    package let limit: Int
    package let window: Duration
    /// Requests per window that are never made.
    package let margin: Int

    /// `margin` is a hundredth of the limit and at least 2 unless told otherwise, 1 for limits up to 4, and 0 for a
    /// limit of 1; it always leaves at least one request.
    ///
    /// Nil unless limit and window are positive and a given margin is at least 0 and below the limit.
    package init?(limit: Int, window: Duration, margin: Int? = nil) {
        let margin = margin ?? (limit > 4 ? max(2, (limit + 99) / 100) : min(1, limit - 1))
        guard limit > 0, limit <= 1_000_000_000, window >= .milliseconds(1), window <= .seconds(31 * 86_400),
            (0..<limit).contains(margin)
        else { return nil }
        self.limit = limit
        self.window = window
        self.margin = margin
    }

    /// `300/60s`. Nil when the text is anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let limit = Int(parts[0]), let window = DurationText.parse(parts[1]) else { return nil }
        self.init(limit: limit, window: window)
    }

    /// Slots per ``pacedWindow``.
    var slots: Int64 { Int64(limit - margin) }

    /// The window that holds ``slots``. Where there is no margin to pay for lateness, it is a twentieth longer instead.
    var pacedWindow: Int64 { window.wholeMicroseconds + (margin == 0 ? lengthening : 0) }

    private var lengthening: Int64 { max(1, window.wholeMicroseconds / 20) }

    /// A request must leave less than this after its slot, in microseconds. `limit` slots span `limit × T`, which is
    /// `window + margin × T`: the first of them has to be late by all of `margin × T` to leave within a window of the
    /// slot that follows the last.
    var tolerance: Int64 {
        margin == 0 ? lengthening : Int64(margin) * pacedWindow / slots
    }
}

extension RequestRate: CustomStringConvertible {
    package var description: String {
        window.wholeMilliseconds.isMultiple(of: 1000)
            ? "\(limit)/\(window.wholeMilliseconds / 1000)s" : "\(limit)/\(DurationText.format(window))"
    }
}
