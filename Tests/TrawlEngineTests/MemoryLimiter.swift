import TrawlCore

/// Slots without waiting, counted; a budget and failures on request.
actor MemoryLimiter: RequestLimiter {
    struct Unreachable: Error {}

    private(set) var granted = 0
    private(set) var throttles: [Duration?] = []
    private var budget = Int.max
    private var failures = 0
    private var barrier: Barrier?

    func slot() async throws -> Slot {
        if failures > 0 {
            failures -= 1
            throw Unreachable()
        }
        await barrier?.pass()
        guard granted < budget else { throw BudgetSpent() }
        granted += 1
        return Slot(time: Int64(granted))
    }

    func throttled(retryAfter: Duration?) async throws { throttles.append(retryAfter) }

    /// Whoever wants a slot waits there.
    func set(barrier: Barrier) { self.barrier = barrier }

    func set(budget: Int) { self.budget = budget }

    func fail(next count: Int) { failures = count }
}
