import TrawlCore

/// The civil day of instants that come in rising order. Only days that have records are looked up.
struct DayNames {
    private let calendar: CalendarDays
    private var name = ""
    private var end = Int64.min

    init(_ calendar: CalendarDays) {
        self.calendar = calendar
    }

    /// Whether `instant` is still on the day of the name given last.
    @inline(__always)
    func isSameDay(_ instant: Int64) -> Bool { instant < end }

    /// `YYYY-MM-DD`
    mutating func name(of instant: Int64) -> String {
        if isSameDay(instant) { return name }
        // Looking back some days makes the answer the same whatever was asked before, where clocks go back over midnight.
        let margin = 4 * Instant.millisecondsPerDay
        let moment = Instant(milliseconds: instant)
        guard let around = Interval(from: moment + -margin, to: moment + margin) else {
            preconditionFailure("a margin is positive")
        }
        let table = calendar.table(covering: around)
        name = table.name(at: table.index(of: moment))
        end = calendar.boundaries(inside: around).first { $0 > moment }?.milliseconds ?? instant + 1
        return name
    }
}
