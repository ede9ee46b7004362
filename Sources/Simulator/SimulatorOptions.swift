package import TrawlCore

/// Everything that can be chosen about a simulator.
package struct SimulatorOptions: Sendable {
    /// A pair of credentials that may ask for tokens.
    package struct Client: Sendable, Equatable {
        package var id: String
        package var secret: String

        package init(id: String, secret: String) {
            self.id = id
            self.secret = secret
        }
    }

    package var address = "127.0.0.1"
    /// 0 lets the kernel choose.
    package var port: UInt16 = 0

    /// The same seed, interval and number give the same records, whatever the other options are.
    package var seed: UInt64 = 1
    /// In which conversations start; ignored with a fixture.
    package var interval: Interval
    /// How many start in the interval. Neighbours before and after come on top.
    package var conversations = 10_000
    package var recordSize = RecordSize.typical
    /// How many conversations start at one and the same millisecond in the middle of the interval.
    package var tieBurst = 0
    /// How large one record in the middle is; nil for none out of the ordinary.
    package var largeRecordBytes: Int?
    /// The bytes of a page or NDJSON file to serve instead of generated records.
    package var fixture: [UInt8]?

    package var clients = [Client(id: "simulator", secret: "simulator-secret")]
    /// Bearer tokens that are good without being asked for, until an `expireTokens` fault.
    package var accessTokens: [String] = []
    package var tokenLifetime = Duration.seconds(86_400)

    package var selection = SelectionRule.dayOverlap
    /// Whether the last instant of an interval belongs to it.
    package var endInclusive = false
    package var maximumPageSize = 100
    /// Whether a larger page size is lowered instead of refused.
    package var clampsPageSize = false
    package var maximumIntervalDays = 31
    /// A page over this many bytes, before compression, is refused. Nil for no limit.
    package var maximumResponseBytes: Int?
    /// Whether a page past the last has `"conversations":[]` instead of no such member.
    package var emptyPageHasArray = false
    /// What the dialects with cursors and tokens send on the last page in the place of one.
    package var lastCursor = LastCursor.absent

    /// How long a job runs.
    package var jobTime = Duration.seconds(3)
    /// How long the results of a job can be read after it.
    package var jobLifetime = Duration.seconds(86_400)
    /// How many jobs may run at the same time.
    package var maximumRunningJobs = 10
    package var maximumJobPageSize = 10_000
    /// How far the data of jobs lags behind.
    package var availabilityLag = Duration.zero
    /// What the calendar of the imitated cloud shows at the start; nil for the time of this machine.
    package var now: Instant?

    package var gzip = true
    /// How much memory rendered pages may take for being served again.
    package var pageCacheBytes = 64 << 20

    /// Nil enforces nothing.
    package var rate: RateLimit?
    /// How long every API answer takes, at least.
    package var latency = Duration.zero
    /// Up to so much more, by the seed.
    package var latencyJitter = Duration.zero
    /// The bytes of a fault script.
    package var faultScript: [UInt8]?

    package init(
        interval: Interval = Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-08T00:00:00Z")!)!
    ) {
        self.interval = interval
    }

    /// - Throws: the first option that makes no sense.
    func validate() throws(SimulatorError) {
        let checks: [(name: String, valid: Bool, reason: String)] = [
            ("--conversations", (0...50_000_000).contains(conversations), "must be between 0 and 50000000"),
            ("--tie-burst", tieBurst >= 0 && tieBurst <= conversations, "must not exceed --conversations"),
            ("--large-record", (1...1 << 28).contains(largeRecordBytes ?? 1), "must be between 1 and 268435456"),
            ("--page-size-limit", (1...100_000).contains(maximumPageSize), "must be between 1 and 100000"),
            ("--interval-limit", (1...3660).contains(maximumIntervalDays), "must be between 1 and 3660 days"),
            ("--response-limit", maximumResponseBytes ?? 1 > 0, "must be positive"),
            ("--token-lifetime", tokenLifetime > .zero, "must be positive"),
            ("--job-time", jobTime >= .zero, "must not be negative"),
            ("--job-lifetime", jobLifetime > .zero, "must be positive"),
            ("--job-limit", maximumRunningJobs > 0, "must be positive"),
            ("--job-page-size-limit", (1...100_000).contains(maximumJobPageSize), "must be between 1 and 100000"),
            ("--availability-lag", availabilityLag >= .zero, "must not be negative"),
            ("--latency", latency >= .zero && latencyJitter >= .zero, "must not be negative"),
            ("--client", !clients.isEmpty || !accessTokens.isEmpty, "is needed: nobody could ask anything"),
            ("--client", clients.allSatisfy { !$0.id.isEmpty }, "must not be empty"),
            ("--rate", rate.map { $0.requests > 0 && $0.window > .zero } ?? true, "must be positive"),
        ]
        for check in checks where !check.valid { throw .option(name: check.name, reason: check.reason) }
        if case .bucket(let capacity)? = rate?.mode, capacity < 1 {
            throw .option(name: "--rate-mode", reason: "needs a bucket of 1 or more")
        }
    }
}
