extension SimulatorOptions {
    /// A command line flag that sets an option.
    package struct Flag: Sendable {
        package let name: String
        /// What its value looks like; nil for a switch.
        package let value: String?
        package let meaning: String
    }

    /// The flags of `trawl simulate`, in the order of its help.
    package static let flags: [Flag] = [
        Flag(name: "--address", value: "IP", meaning: "listen there; default 127.0.0.1"),
        Flag(name: "--port", value: "N", meaning: "listen there; default 0, any free port"),
        Flag(name: "--from", value: "DATE", meaning: "conversations start then or later; default 2024-01-01"),
        Flag(name: "--to", value: "DATE", meaning: "conversations start before; default 2024-01-08"),
        Flag(name: "--conversations", value: "N", meaning: "how many start in the interval; default 10000"),
        Flag(name: "--seed", value: "N", meaning: "which conversations; default 1"),
        Flag(name: "--records", value: "typical|small", meaning: "size of a record: 8 kB on average, or under 1 kB"),
        Flag(name: "--tie-burst", value: "N", meaning: "so many conversations start at one millisecond; default 0"),
        Flag(name: "--large-record", value: "BYTES", meaning: "one record in the middle is that large; default none"),
        Flag(name: "--fixture", value: "FILE", meaning: "serve the records of this page or NDJSON file instead"),
        Flag(name: "--client", value: "ID:SECRET", meaning: "credentials that may ask for tokens; repeatable"),
        Flag(name: "--access-token", value: "TOKEN", meaning: "a token that is always good; repeatable"),
        Flag(name: "--token-lifetime", value: "DURATION", meaning: "how long issued tokens are good; default 1d"),
        Flag(
            name: "--selection", value: "day-overlap|whole-day|started|lifetime",
            meaning: "which conversations an interval returns; default day-overlap"),
        Flag(name: "--end-inclusive", value: nil, meaning: "the last instant of an interval belongs to it"),
        Flag(name: "--page-size-limit", value: "N", meaning: "largest page; default 100"),
        Flag(name: "--clamp-page-size", value: nil, meaning: "lower a larger page size instead of refusing it"),
        Flag(name: "--interval-limit", value: "DAYS", meaning: "longest interval of a query; default 31"),
        Flag(name: "--response-limit", value: "BYTES", meaning: "refuse larger pages; default none"),
        Flag(name: "--empty-array", value: nil, meaning: "past the last page send [] instead of nothing"),
        Flag(
            name: "--last-cursor", value: "absent|null|empty",
            meaning: "what the dialects send in place of the last cursor; default absent"),
        Flag(name: "--job-time", value: "DURATION", meaning: "how long a job runs; default 3s"),
        Flag(name: "--job-lifetime", value: "DURATION", meaning: "how long its results last; default 1d"),
        Flag(name: "--job-limit", value: "N", meaning: "how many jobs may run at once; default 10"),
        Flag(name: "--job-page-size-limit", value: "N", meaning: "largest page of results; default 10000"),
        Flag(
            name: "--availability-lag", value: "DURATION",
            meaning: "how far the data of jobs lags behind now; default none"),
        Flag(name: "--now", value: "DATE", meaning: "what time it is in the simulated cloud; default the real time"),
        Flag(name: "--no-gzip", value: nil, meaning: "never compress"),
        Flag(name: "--page-cache", value: "BYTES", meaning: "memory for rendered pages; default 64 MiB"),
        Flag(name: "--rate", value: "N/DURATION", meaning: "enforce a request limit per client, like 300/60s"),
        Flag(
            name: "--rate-mode", value: "fixed|sliding|bucket[:N]",
            meaning: "how it counts; default fixed, bucket of 20"),
        Flag(name: "--latency", value: "DURATION", meaning: "how long every answer takes; default none"),
        Flag(name: "--latency-jitter", value: "DURATION", meaning: "up to so much more"),
        Flag(name: "--faults", value: "FILE", meaning: "a script of faults, see docs/simulator.md"),
    ]
}

extension RateLimit.Mode {
    /// Reads the value of `--rate-mode`. Nil when it is none.
    package init?(_ text: String) {
        switch text {
        case "fixed": self = .fixedWindow
        case "sliding": self = .slidingLog
        case "bucket": self = .bucket(capacity: 20)
        default:
            guard text.hasPrefix("bucket:"), let capacity = Int(text.dropFirst(7)), capacity > 0 else { return nil }
            self = .bucket(capacity: capacity)
        }
    }
}
