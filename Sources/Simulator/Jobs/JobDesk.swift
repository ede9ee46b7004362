import TrawlCore

/// Takes jobs and knows what has become of them.
struct JobDesk: Sendable {
    private let limit: Int
    private let runTime: Int64
    private let lifetime: Int64
    private var random: SplitMix
    private(set) var jobs: [String: Job] = [:]

    init(options: SimulatorOptions) {
        limit = options.maximumRunningJobs
        runTime = options.jobTime.wholeMicroseconds
        lifetime = options.jobLifetime.wholeMicroseconds
        random = SplitMix(seed: options.seed ^ 0x6A6F_6273)
    }

    func running(at now: Int64) -> Int { jobs.values.count { $0.phase(at: now).isRunning } }

    /// - Returns: the id of the new job.
    /// - Throws: the refusal where too many are running.
    mutating func submit(
        _ search: ConversationSearch, _ selection: Selection, availability: Instant, fate: Job.Fate?, now: Int64
    ) throws(APIError) -> String {
        guard running(at: now) < limit else {
            let next = jobs.values.filter { $0.phase(at: now).isRunning }.map(\.completed).min() ?? now
            var refusal = APIError.tooManyRequests(retryAfter: max(1, Int((next - now + 999_999) / 1_000_000)))
            refusal.message = "The maximum number of concurrent jobs is \(limit)."
            refusal.limit = APIError.Limit(key: "details.jobs.concurrent.access.max", value: limit)
            throw refusal
        }
        let id = ConversationID(random: &random).text
        jobs[id] = Job(
            id: id, search: search, selection: selection, availability: availability, submitted: now,
            runTime: runTime, lifetime: lifetime, fate: fate)
        return id
    }

    /// The job as it is after the fate, where there is one, has struck it. Nil when there is none of that id.
    mutating func look(at id: String, fate: Job.Fate? = nil, now: Int64) -> Job? {
        if let fate { jobs[id]?.suffer(fate, at: now) }
        return jobs[id]
    }

    /// Cancels a job that is running and forgets one that is not.
    ///
    /// - Returns: whether it was running; nil when there is none of that id.
    mutating func delete(_ id: String, now: Int64) -> Bool? {
        guard let job = jobs[id] else { return nil }
        let isRunning = job.phase(at: now).isRunning
        if isRunning { jobs[id]?.cancel(at: now) } else { jobs[id] = nil }
        return isRunning
    }
}
