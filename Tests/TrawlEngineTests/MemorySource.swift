import TrawlCore

/// An API in memory: each interval has so many hits, and `script` may do something else to a request, or hold it.
actor MemorySource: PageSource {
    /// The request, and its number among all, from 1. Nil: the right page.
    typealias Script = @Sendable (PageRequest, Int) async throws(FetchFailure) -> Page?

    private(set) var requests: [PageRequest] = []
    private let hits: @Sendable (Interval) -> Int
    private let script: Script

    init(hits: @escaping @Sendable (Interval) -> Int, script: @escaping Script) {
        self.hits = hits
        self.script = script
    }

    private(set) var preparations = 0
    private var denials: [FetchFailure?] = []

    func prepare() async throws(FetchFailure) {
        preparations += 1
        if preparations <= denials.count, let failure = denials[preparations - 1] { throw failure }
    }

    /// What the first preparations fail with.
    func set(denials: [FetchFailure?]) { self.denials = denials }

    func fetch(_ request: PageRequest) async throws(FetchFailure) -> Page {
        requests.append(request)
        if let page = try await script(request, requests.count) { return page }
        return Self.page(request, hits: hits(request.interval))
    }

    /// What is asked about jobs, and answered.
    private(set) var questions: [JobRequest] = []
    private var jobScript: @Sendable (JobRequest, Int) async throws(FetchFailure) -> JobAnswer = { request, _ in
        switch request {
        case .availability: .available(to: Instant("2030-01-01T00:00:00Z"))
        case .submit(let interval): .submitted(JobID("job-\(interval.from.rfc3339)")!)
        case .status: .status(.done)
        case .delete: .deleted
        }
    }

    func set(jobs script: @escaping @Sendable (JobRequest, Int) async throws(FetchFailure) -> JobAnswer) {
        jobScript = script
    }

    func ask(_ request: JobRequest) async throws(FetchFailure) -> JobAnswer {
        questions.append(request)
        return try await jobScript(request, questions.count)
    }

    /// The page that an API with `hits` records in the interval gives.
    static func page(_ request: PageRequest, hits: Int, correlationID: String? = nil) -> Page {
        let first = (request.number - 1) * request.size
        let records = (first..<max(first, min(first + request.size, hits))).map { index in
            RecordEntry(
                id: Digest128(high: UInt64(bitPattern: request.interval.from.milliseconds), low: UInt64(index)),
                idPrefix: UInt64(index), start: request.interval.from.milliseconds, end: .max, length: 3, idOffset: 0,
                idLength: 1, segments: 1, flags: .open)
        }
        let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 3 * records.count)
        return Page(
            records: PageRecords(lines: lines, entries: records), total: hits,
            digest: Digest128(high: UInt64(request.size), low: UInt64(request.number)), wireBytes: 10,
            correlationID: correlationID)
    }
}

/// Holds whoever passes until it is opened. A cancelled passer is let through.
actor Barrier {
    private var isOpen = false
    private var passers: [Int: CheckedContinuation<Void, Never>] = [:]
    private var arrivals = 0
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        arrivals += 1
        let number = arrivals
        for watcher in watchers { watcher.resume() }
        watchers = []
        if isOpen { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if isOpen || Task.isCancelled { continuation.resume() } else { passers[number] = continuation }
            }
        } onCancel: {
            Task { await self.letThrough(number) }  // the handler cannot suspend
        }
    }

    /// Returns once somebody has come to pass.
    func awaitArrival() async {
        if arrivals > 0 { return }
        await withCheckedContinuation { watchers.append($0) }
    }

    func open() {
        isOpen = true
        for passer in passers.values { passer.resume() }
        passers = [:]
    }

    private func letThrough(_ number: Int) { passers.removeValue(forKey: number)?.resume() }
}
