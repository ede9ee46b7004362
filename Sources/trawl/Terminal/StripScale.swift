import TrawlCore

/// The row of dates below a strip: where it begins and ends, and as many dates between as there is room for. In UTC.
enum StripScale {
    static func text(_ interval: Interval, width: Int) -> String {
        let (first, last) = (ScreenText.stamp(interval.from), ScreenText.stamp(interval.to))
        guard first.count + last.count + 2 <= width else { return String(first.prefix(width)) }
        var cells = Array(repeating: Character(" "), count: width)
        func put(_ text: String, at column: Int) {
            for (index, character) in text.enumerated() { cells[column + index] = character }
        }
        put(first, at: 0)
        put(last, at: width - last.count)
        var free = first.count + 2
        for tick in ticks(interval, width: width) {
            let label = tick.label
            let column = Int(Double(tick.at - interval.from) / Double(interval.milliseconds) * Double(width))
            guard column >= free, column + label.count + 2 <= width - last.count else { continue }
            put(label, at: column)
            free = column + label.count + 2
        }
        return String(cells)
    }

    /// Columns between two ticks: the widest label, and some air.
    private static let spacing = 10
    private static let hour: Int64 = 3_600_000
    private static let hours: [Int64] = [1, 3, 6, 12, 24, 48, 7 * 24, 14 * 24]
    private static let wholeMonths: [Int64] = [1, 2, 3, 6, 12, 24, 60, 120, 240]

    /// The ticks of the finest grid whose ticks are not too close.
    private static func ticks(_ interval: Interval, width: Int) -> [(at: Instant, label: String)] {
        let least = interval.milliseconds * Int64(spacing) / Int64(width)
        if let step = hours.first(where: { $0 * hour >= least }) {
            let midnight = interval.from + -interval.from.millisecondOfDay
            return stride(from: midnight.milliseconds, to: interval.to.milliseconds, by: Int(step * hour)).map {
                let instant = Instant(milliseconds: $0)
                let time = String(instant.rfc3339.dropFirst(11).prefix(5))
                return (instant, instant.millisecondOfDay == 0 ? day(instant) : time)
            }
        }
        let step = Int(wholeMonths.first { $0 * 30 * 24 * hour >= least } ?? wholeMonths[wholeMonths.count - 1])
        let (year, month, _) = interval.from.civilDate
        // Months are counted from the year 0, so that those of a grid begin with a January.
        var number = ((year * 12 + month - 1) / step + 1) * step
        var ticks: [(at: Instant, label: String)] = []
        while let instant = Instant(year: number / 12, month: number % 12 + 1, day: 1), instant < interval.to {
            ticks.append((instant, number % 12 == 0 ? String(number / 12) : months[number % 12]))
            number += step
        }
        return ticks
    }

    private static func day(_ instant: Instant) -> String {
        let date = instant.civilDate
        return "\(months[date.month - 1]) \(date.day)"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
