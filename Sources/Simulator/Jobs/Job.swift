import TrawlCore

/// An asynchronous query: what it found and how far it has got.
struct Job: Sendable {
    /// How a job ends when a fault decides it.
    enum Fate: Sendable, Equatable {
        case failed(message: String)
        case expired
        /// Never: it stays pending.
        case stuck
    }

    enum Phase: String, Sendable {
        case queued = "QUEUED"
        case pending = "PENDING"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
        case fulfilled = "FULFILLED"
        case expired = "EXPIRED"

        var isRunning: Bool { self == .queued || self == .pending }
    }

    let id: String
    let search: ConversationSearch
    /// What the data lake held when the job was submitted.
    let selection: Selection
    /// Before this instant the lake was complete when the job was submitted.
    let availability: Instant
    /// Microseconds of the simulator's clock, as all times here.
    let submitted: Int64
    private(set) var completed: Int64
    private let lifetime: Int64
    private var fate: Fate?
    private var isCancelled = false

    init(
        id: String, search: ConversationSearch, selection: Selection, availability: Instant, submitted: Int64,
        runTime: Int64, lifetime: Int64, fate: Fate?
    ) {
        self.id = id
        self.search = search
        self.selection = selection
        self.availability = availability
        self.submitted = submitted
        self.lifetime = lifetime
        self.fate = fate
        completed = submitted + runTime
    }

    /// When results go away.
    var expires: Int64 { fate == .expired ? completed : completed + lifetime }

    func phase(at now: Int64) -> Phase {
        if isCancelled { return .cancelled }
        // A quarter of the run time is spent in the queue.
        if now < submitted + (completed - submitted) / 4 { return .queued }
        if fate == .stuck || now < completed { return .pending }
        switch fate {
        case .failed: return .failed
        case .expired: return .expired
        case .stuck, nil: return now < expires ? .fulfilled : .expired
        }
    }

    /// The text that goes with a failure.
    var failure: String? {
        if case .failed(let message) = fate { message } else { nil }
    }

    mutating func cancel(at now: Int64) {
        isCancelled = true
        completed = min(completed, now)
    }

    /// Lets the fate come true at once.
    mutating func suffer(_ fate: Fate, at now: Int64) {
        self.fate = fate
        if fate != .stuck { completed = min(completed, now) }
    }
}
