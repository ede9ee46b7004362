import TrawlCore

/// A schedule in memory that keeps the promises of ``ShardQueue``, but for time: leases never expire by themselves, and
/// a delayed shard may be claimed at once. What was asked of it is recorded, and can be awaited.
actor MemoryQueue: ShardQueue {
    enum Call: Hashable, Sendable {
        case claimed(ShardID, attempts: Int)
        case beat(renewed: Set<ShardID>, lost: Set<ShardID>)
        case finished(ShardID, children: [ShardID])
        case retried(ShardID, after: Duration, dead: Bool)
        case released(ShardID)
        case postponed(ShardID, by: Duration, availableTo: Instant)
        case kept(ShardID, JobID?)
        case rejoined(Set<ShardID>)
        case halted(Halt)
        /// A call that found the queue out of reach.
        case failed
    }

    struct Unreachable: Error {}

    private struct Waiter {
        let condition: @Sendable ([Call]) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private(set) var calls: [Call] = []
    private(set) var progress = Progress()
    private(set) var dead: Set<ShardID> = []
    private(set) var halt: Halt?
    private var state = RunState.running
    private var isReachable = true
    private var failingFinishes = 0
    private var poisoned: [Lease] = []
    private var pending: [Shard]
    private var attempts: [ShardID: Int] = [:]
    private var tokens: [ShardID: LeaseToken] = [:]
    private(set) var jobs: [ShardID: JobID] = [:]
    private var sequence = 0
    private var returned: Set<ShardID>?
    private var waiters: [Waiter] = []
    private let attemptCap: Int

    init(_ shards: [Shard], attemptCap: Int = 3) {
        pending = shards
        self.attemptCap = attemptCap
    }

    // MARK: - ShardQueue

    func claim(_ count: Int) async throws -> Claim {
        guard isReachable else { throw fail() }
        defer { poisoned = [] }
        guard state == .running else { return Claim(state: state, poisoned: poisoned) }
        let leases = pending.prefix(count).map { shard in
            sequence += 1
            let token = LeaseToken("1:\(sequence):t")
            tokens[shard.id] = token
            return Lease(
                shard: shard, token: token, attempts: attempts[shard.id, default: 0], reclaims: 0, job: jobs[shard.id])
        }
        pending.removeFirst(leases.count)
        for lease in leases { record(.claimed(lease.shard.id, attempts: lease.attempts)) }
        return Claim(leases: leases, state: state, poisoned: poisoned, nextIn: tokens.isEmpty ? nil : .milliseconds(1))
    }

    func beat(_ leases: [Lease], progress: Progress) async throws -> Beat {
        guard isReachable else { throw fail() }
        self.progress += progress
        if state == .stale {
            record(.beat(renewed: [], lost: []))
            return Beat(state: .stale)
        }
        let lost = Set(leases.filter { tokens[$0.shard.id] != $0.token }.map(\.shard.id))
        record(.beat(renewed: Set(leases.map(\.shard.id)).subtracting(lost), lost: lost))
        return Beat(state: state, lost: lost)
    }

    func finish(_ lease: Lease, children: [Shard]) async throws {
        if failingFinishes > 0 {
            failingFinishes -= 1
            throw fail()
        }
        tokens[lease.shard.id] = nil
        pending += children
        record(.finished(lease.shard.id, children: children.map(\.id)))
    }

    func retry(_ lease: Lease, after delay: Duration, dead isDead: Bool) async throws -> Bool {
        let id = lease.shard.id
        record(.retried(id, after: delay, dead: isDead))
        guard tokens[id] == lease.token else { return dead.contains(id) }
        tokens[id] = nil
        attempts[id, default: 0] += 1
        if isDead || attempts[id, default: 0] >= attemptCap {
            dead.insert(id)
            return true
        }
        pending.append(lease.shard)
        return false
    }

    func release(_ lease: Lease) async throws {
        record(.released(lease.shard.id))
        guard tokens[lease.shard.id] == lease.token else { return }
        tokens[lease.shard.id] = nil
        pending.append(lease.shard)
    }

    /// Never to be claimed again: time does not pass here.
    func postpone(_ lease: Lease, by delay: Duration, availableTo: Instant) async throws {
        record(.postponed(lease.shard.id, by: delay, availableTo: availableTo))
        guard tokens[lease.shard.id] == lease.token else { return }
        tokens[lease.shard.id] = nil
    }

    func keep(_ job: JobID?, for lease: Lease) async throws -> Bool {
        record(.kept(lease.shard.id, job))
        guard tokens[lease.shard.id] == lease.token else { return false }
        jobs[lease.shard.id] = job
        return true
    }

    /// The leases that are given back by ``install(returning:)``.
    func rejoin(_ leases: [Lease]) async throws -> Set<ShardID>? {
        guard isReachable else { throw fail() }
        record(.rejoined(Set(leases.map(\.shard.id))))
        guard let returned else { return nil }
        state = .running
        let taken = leases.filter { returned.contains($0.shard.id) }
        for lease in taken { tokens[lease.shard.id] = lease.token }
        return Set(taken.map(\.shard.id))
    }

    func halt(_ halt: Halt) async throws {
        if self.halt == nil { self.halt = halt }
        state = .draining
        record(.halted(halt))
    }

    // MARK: - For tests

    func set(_ state: RunState) { self.state = state }

    /// Redis loses the schedule.
    func wipe() {
        state = .stale
        tokens = [:]
        jobs = [:]
    }

    /// A new schedule stands, in which these shards are still to be had by those who fetch them.
    func install(returning shards: Set<ShardID>) { returned = shards }

    func set(isReachable: Bool) { self.isReachable = isReachable }

    /// A job that an earlier owner left.
    func set(job: JobID, of shard: ShardID) { jobs[shard] = job }

    /// Makes the next `count` calls of `finish` fail.
    func failFinishes(_ count: Int) { failingFinishes = count }

    /// What happens to a shard whose lease runs out: the next claim gets it.
    func expire(_ shard: Shard) {
        tokens[shard.id] = nil
        pending.append(shard)
    }

    /// The lease now belongs to another worker, that never does anything.
    func giveAway(_ shard: ShardID) { tokens[shard] = LeaseToken("1:0:other") }

    func poison(_ lease: Lease) { poisoned.append(lease) }

    /// Returns once the calls so far satisfy `condition`.
    func wait(until condition: @escaping @Sendable ([Call]) -> Bool) async {
        if condition(calls) { return }
        await withCheckedContinuation { waiters.append(Waiter(condition: condition, continuation: $0)) }
    }

    private func fail() -> Unreachable {
        record(.failed)
        return Unreachable()
    }

    private func record(_ call: Call) {
        calls.append(call)
        for waiter in waiters where waiter.condition(calls) { waiter.continuation.resume() }
        waiters.removeAll { $0.condition(calls) }
    }
}

extension MemoryQueue.Call {
    var isBeat: Bool {
        if case .beat = self { true } else { false }
    }
}
