/// Which conversations an interval of the query returns. What the real API does is not fully established, so every
/// reading of its documentation is here.
package enum SelectionRule: String, Sendable, CaseIterable {
    /// Started on a UTC day that the interval touches, and was going on at some moment of the interval.
    case dayOverlap = "day-overlap"
    /// Started on a UTC day that the interval touches: an interval of one hour returns the whole day.
    case wholeDay = "whole-day"
    /// Started inside the interval.
    case started
    /// Was going on at some moment of the interval, however early it started.
    case lifetime
}
