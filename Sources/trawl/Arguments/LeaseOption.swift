import TrawlCore

/// `--lease`: how long a claim lasts without a beat. Hidden: a short one makes leases run out within a test's patience,
/// and a worker that Redis does not answer for three of them ends.
enum LeaseOption {
    static let spec = OptionSpec("--lease", "TIME", "how long a claim lasts without a beat", isHidden: true)

    static func duration(_ arguments: Arguments) throws -> Duration? {
        try arguments.value(spec.name, expecting: "a duration of a second or more, such as 30s") {
            DurationText.parse($0).flatMap { $0 >= .seconds(1) ? $0 : nil }
        }
    }
}
