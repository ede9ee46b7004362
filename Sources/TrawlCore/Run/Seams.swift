/// The shared schedule: which shard a worker may fetch now. Rebuildable from the store at any time.
package protocol ShardQueue: Sendable {
    /// Takes up to `count` shards in one step, giving back to the queue what dead workers held.
    func claim(_ count: Int) async throws -> Claim
    /// Extends the leases that are still this worker's, and reports its progress since the last call.
    func beat(_ leases: [Lease], progress: Progress) async throws -> Beat
    /// Takes a shard off the schedule after its outcome exists, and puts its children on. Safe to repeat, from anyone.
    func finish(_ lease: Lease, children: [Shard]) async throws
    /// Gives a failed shard back, to be claimed again after `delay`; after too many attempts, or at once where `dead`
    /// says so, it is dead. Returns whether it is dead now.
    func retry(_ lease: Lease, after delay: Duration, dead: Bool) async throws -> Bool
    /// Gives a shard back untouched: no attempt is charged.
    func release(_ lease: Lease) async throws
    /// Gives a shard back whose data is not complete yet, to be claimed again after `delay`: no attempt is charged.
    func postpone(_ lease: Lease, by delay: Duration, availableTo: Instant) async throws
    /// Keeps a job with the shard, for whoever owns it next; nil forgets it. Returns whether the lease still holds.
    func keep(_ job: JobID?, for lease: Lease) async throws -> Bool
    /// After ``RunState/stale``: joins the schedule that stands now, and takes back those of the shards that nobody else
    /// has. Returns those, whose tokens are good again; nil while no newer schedule stands.
    func rejoin(_ leases: [Lease]) async throws -> Set<ShardID>?
    /// Stops the run for everybody. The first halt stays.
    func halt(_ halt: Halt) async throws
}

package struct Claim: Hashable, Sendable {
    package var leases: [Lease]
    package var state: RunState
    /// Shards that gave up just now because their workers kept dying: the caller writes their markers.
    package var poisoned: [Lease]
    /// How long until a delayed shard or an expired lease may bring work, where that is known.
    package var nextIn: Duration?

    package init(leases: [Lease] = [], state: RunState, poisoned: [Lease] = [], nextIn: Duration? = nil) {
        self.leases = leases
        self.state = state
        self.poisoned = poisoned
        self.nextIn = nextIn
    }
}

package struct Beat: Hashable, Sendable {
    package var state: RunState
    /// Shards whose lease now belongs to someone else, or to nobody.
    package var lost: Set<ShardID>

    package init(state: RunState, lost: Set<ShardID> = []) {
        self.state = state
        self.lost = lost
    }
}

package enum RunState: String, Hashable, Sendable {
    case running, paused, draining, cancelled, complete
    /// The queue does not know the run, or knows it under another epoch.
    case stale
}

/// Why a run stops before its end. The code is the process's exit code.
package struct Halt: Hashable, Sendable, Codable {
    package var code: Int32
    package var message: String

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }
}

/// The token bucket that every request asks for a time slot.
package protocol RequestLimiter: Sendable {
    /// Returns when the caller may send one request, at once. Throws `CancellationError`, ``BudgetSpent``, or the
    /// transport's error.
    func slot() async throws -> Slot
    /// The API answered 429: nobody sends before `retryAfter` is over.
    func throttled(retryAfter: Duration?) async throws
}

package struct Slot: Hashable, Sendable {
    /// Microseconds since 1970 on Redis's clock; unique and rising among all slots of one limiter.
    package let time: Int64

    package init(time: Int64) {
        self.time = time
    }
}

/// The run has used up `--max-requests`.
package struct BudgetSpent: Error, Hashable, Sendable {
    package init() {}
}

/// The remote API.
package protocol PageSource: Sendable {
    /// Gets what requests need besides a slot, such as an access token. A slot is for now: whatever takes time comes
    /// before it.
    func prepare() async throws(FetchFailure)
    /// Makes exactly one request, unless what it needs was lost since it was prepared.
    func fetch(_ request: PageRequest) async throws(FetchFailure) -> Page
    /// Likewise one request, about a job.
    func ask(_ request: JobRequest) async throws(FetchFailure) -> JobAnswer
}

/// Where a run's parts and outcomes live. Every method may throw ``StoreError``.
package protocol ShardStore: Sendable {
    func outcome(of shard: ShardID) throws -> Outcome?
    /// Creates the outcome unless the shard has one. Returns the one that stands: the caller won when it carries the
    /// caller's token.
    func commit(_ outcome: Outcome, for shard: ShardID) throws -> Outcome
    /// Why the shard is dead; nil for one that is not.
    func deadMarker(of shard: ShardID) throws -> DeadMarker?
    func markDead(_ marker: DeadMarker, shard: ShardID) throws
    /// What the attempt that came furthest left behind; nil where there is nothing to go on from.
    func recordedWalk(of shard: ShardID) throws -> RecordedWalk?
    /// A new part, for this attempt alone. It begins with the pages of `walk`, which has to come from
    /// ``recordedWalk(of:)``.
    func beginPart(of shard: ShardID, token: LeaseToken, continuing walk: RecordedWalk?) throws -> any PartWriter
}

/// Writes one attempt's part and its index. Used by one task at a time.
package protocol PartWriter: AnyObject, Sendable {
    /// Adds a page. After it returns, the page survives the end of this process but not of the machine.
    func append(_ records: PageRecords, _ note: PageNote) throws
    /// Makes part and index durable and describes them.
    func close() throws -> FinishedPart
    /// Deletes the part and its index: nobody needs them.
    func discard()
    /// Leaves what there is to a later attempt.
    func suspend()
}

package struct FinishedPart: Hashable, Sendable {
    package var part: FileReference
    package var index: FileReference
    package var lines: Int
    package var lineBytes: Int
    /// The latest slot among its pages; 0 for a part without lines.
    package var lastSlot: Int64

    package init(part: FileReference, index: FileReference, lines: Int, lineBytes: Int, lastSlot: Int64 = 0) {
        self.part = part
        self.index = index
        self.lines = lines
        self.lineBytes = lineBytes
        self.lastSlot = lastSlot
    }
}

/// What can go wrong with a store, by what to do about it.
package enum StoreError: Error, Hashable, Sendable {
    /// No space is left, or a quota or size limit is reached.
    case full(path: String, reason: String)
    /// An operation of the file system failed.
    case io(operation: String, path: String, reason: String)
    /// A file's content is not what it must be.
    case damaged(path: String, reason: String)
    /// The directory belongs to something else.
    case foreign(path: String, reason: String)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full(let path, let reason): "\(path): \(reason); free some space and run the same command again"
        case .io(let operation, let path, let reason): "cannot \(operation) \(path): \(reason)"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
        case .foreign(let path, let reason): "\(path): \(reason)"
        }
    }
}
