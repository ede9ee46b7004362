import TrawlCore

/// `--deadline`: a duration from now, or an instant.
enum Deadline {
    static func parse(_ arguments: Arguments) throws -> ContinuousClock.Instant? {
        let deadline: ContinuousClock.Instant? = try arguments.value(
            "--deadline", expecting: "a duration such as 2h, or an instant such as 2024-01-31T08:00:00Z"
        ) { text in
            if let duration = DurationText.parse(text) { return .now + duration }
            return Instant(text).map { .now + .milliseconds($0 - Console.now) }
        }
        if let deadline, deadline <= .now {
            throw Failure.usage("--deadline \(arguments.value("--deadline") ?? ""): this lies in the past")
        }
        return deadline
    }
}
