import TrawlCore

/// Decides when conversations happen: office hours are busy, nights and weekends are not.
struct Almanac {
    /// Relative traffic per hour of the day, in UTC.
    private static let hours: [Double] = [
        0.05, 0.03, 0.02, 0.02, 0.03, 0.08, 0.25, 0.6, 0.9, 1, 1, 0.95, 0.8, 0.85, 0.95, 0.9, 0.8, 0.6, 0.4, 0.3, 0.2,
        0.15,
        0.1, 0.07,
    ]
    private static let hour: Int64 = 3_600_000

    private let interval: Interval
    private var pieces: [(from: Int64, length: Int64)] = []
    private var cumulated: [Double] = []

    init(interval: Interval) {
        self.interval = interval
        var from = interval.from.milliseconds
        var total = 0.0
        while from < interval.to.milliseconds {
            let instant = Instant(milliseconds: from)
            let until = min(from + Self.hour - instant.millisecondOfDay % Self.hour, interval.to.milliseconds)
            let day = (from - instant.millisecondOfDay) / Instant.millisecondsPerDay
            // 1970-01-01 was a Thursday, so days 2 and 3 of these weeks are Saturday and Sunday.
            let weekend = [2, 3, -5, -4].contains(day % 7)
            let weight = Self.hours[Int(instant.millisecondOfDay / Self.hour)] * (weekend ? 0.25 : 1)
            total += weight * Double(until - from)
            pieces.append((from, until - from))
            cumulated.append(total)
            from = until
        }
    }

    /// One start inside the interval.
    func start(random: inout SplitMix) -> Int64 {
        let target = random.fraction() * (cumulated.last ?? 0)
        var low = 0
        var high = cumulated.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulated[middle] > target { high = middle } else { low = middle + 1 }
        }
        let piece = pieces[low]
        return piece.from + Int64(random.below(Int(piece.length)))
    }
}
