import TrawlCore

/// `--from`, `--to`, `--interval` and `--timezone`, turned into one interval.
enum TimeArguments {
    static let options = [
        OptionSpec(
            "--from", "TIME", "first instant of the run: 2024-01-31 (midnight in --timezone) or 2024-01-31T08:00:00Z"),
        OptionSpec("--to", "TIME", "first instant after the run, written the same way"),
        OptionSpec("--interval", "FROM/TO", "both at once"),
        OptionSpec("--timezone", "NAME", "IANA zone that days are counted in (default UTC)"),
    ]

    static func calendar(_ arguments: Arguments) throws -> CalendarDays {
        let name = arguments.value("--timezone") ?? "UTC"
        guard let calendar = CalendarDays(timezone: name) else {
            throw Failure.usage("--timezone '\(name)': expected an IANA time zone such as UTC or Europe/Berlin")
        }
        return calendar
    }

    static func interval(_ arguments: Arguments, calendar: CalendarDays) throws -> Interval {
        let texts: (from: String, to: String)
        switch (arguments.value("--from"), arguments.value("--to"), arguments.value("--interval")) {
        case (let from?, let to?, nil): texts = (from, to)
        case (nil, nil, let both?):
            let ends = both.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard ends.count == 2 else {
                throw Failure.usage("--interval '\(both)': expected FROM/TO, such as 2024-01-01/2024-02-01")
            }
            texts = (ends[0], ends[1])
        case (_, _, .some): throw Failure.usage("--interval takes the place of --from and --to; give one or the other")
        case (nil, _, nil):
            throw Failure.usage("--from is missing: say where the run begins, such as --from 2024-01-01")
        case (_, nil, nil): throw Failure.usage("--to is missing: say where the run ends, such as --to 2024-02-01")
        }
        let from = try instant(texts.from, option: "--from", calendar: calendar)
        let to = try instant(texts.to, option: "--to", calendar: calendar)
        guard let interval = Interval(from: from, to: to) else {
            throw Failure.usage("--from \(texts.from) is not before --to \(texts.to)")
        }
        return interval
    }

    static func instant(_ text: String, option: String, calendar: CalendarDays) throws -> Instant {
        if let instant = Instant(text) { return instant }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 3, parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), let start = calendar.start(year: year, month: month, day: day)
        {
            return start
        }
        throw Failure.usage(
            "\(option) '\(text)': expected a date (2024-01-31) or an instant with a zone (2024-01-31T08:00:00Z)")
    }
}
