import Foundation

/// The calendar of one time zone: where each civil day begins, daylight saving included.
///
/// Days are computed once for a stretch of time and then looked up by binary search, because the merge asks for the
/// day of every record.
package struct CalendarDays: Sendable {
    /// The IANA name, as given.
    package let timezone: String
    private let zone: TimeZone

    /// Nil when the name is no time zone this system knows.
    package init?(timezone: String) {
        guard let zone = TimeZone(identifier: timezone) else { return nil }
        self.timezone = timezone
        self.zone = zone
    }

    private var calendar: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    /// The first instant of a civil day, or nil where the calendar has no such day.
    package func start(year: Int, month: Int, day: Int) -> Instant? {
        let calendar = calendar
        guard Instant(year: year, month: month, day: day) != nil,
            let noon = calendar.date(from: DateComponents(year: year, month: month, day: day, hour: 12))
        else { return nil }
        // A zone that skipped a whole day (Samoa, 30 December 2011) has no noon on it.
        let found = calendar.dateComponents([.year, .month, .day], from: noon)
        guard found.year == year, found.month == month, found.day == day else { return nil }
        return Self.instant(calendar.startOfDay(for: noon))
    }

    /// Whether a civil day begins at `instant`.
    package func isMidnight(_ instant: Instant) -> Bool {
        Self.instant(calendar.startOfDay(for: Self.date(instant))) == instant
    }

    /// The first instants of all civil days that begin after `interval.from` and before `interval.to`.
    package func boundaries(inside interval: Interval) -> [Instant] {
        var found: [Instant] = []
        var day = dayAfter(interval.from)
        while day < interval.to {
            found.append(day)
            day = dayAfter(day)
        }
        return found
    }

    /// The civil days that cover `interval`, ready for look-ups.
    package func table(covering interval: Interval) -> DayTable {
        let calendar = calendar
        let first = Self.instant(calendar.startOfDay(for: Self.date(interval.from)))
        let starts = [first] + boundaries(inside: interval)
        return DayTable(
            starts: starts,
            names: starts.map { start in
                let parts = calendar.dateComponents([.year, .month, .day], from: Self.date(start + 1))
                return "\((parts.year ?? 0).padded(4))-\((parts.month ?? 0).padded(2))-\((parts.day ?? 0).padded(2))"
            })
    }

    private func dayAfter(_ instant: Instant) -> Instant {
        let calendar = calendar
        let start = calendar.startOfDay(for: Self.date(instant))
        var step = 1
        // Adding one day can land on the same day where the clocks go back at midnight; go on until it is a later one.
        while step < 4 {
            if let next = calendar.date(byAdding: .day, value: step, to: start) {
                let begin = Self.instant(calendar.startOfDay(for: next))
                if begin > instant { return begin }
            }
            step += 1
        }
        return instant + Instant.millisecondsPerDay
    }

    private static func date(_ instant: Instant) -> Date {
        Date(timeIntervalSince1970: Double(instant.milliseconds) / 1000)
    }

    private static func instant(_ date: Date) -> Instant {
        Instant(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}

/// Civil days in order, for finding the day of an instant.
package struct DayTable: Sendable {
    private let starts: [Instant]
    private let names: [String]

    fileprivate init(starts: [Instant], names: [String]) {
        self.starts = starts
        self.names = names
    }

    /// The position of the day that holds `instant`; an instant before the table belongs to its first day.
    package func index(of instant: Instant) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= instant { low = middle } else { high = middle }
        }
        return low
    }

    /// The `YYYY-MM-DD` name of the day at a position that ``index(of:)`` gave.
    package func name(at index: Int) -> String { names[index] }
}
