package import Redis
package import TrawlCore

/// How a limiter waits.
package struct LimiterOptions: Hashable, Sendable {
    /// Nothing is reserved further ahead than this.
    package var horizon: Duration = .seconds(5)
    /// A reservation that waited longer than this asks once more before it is used.
    package var confirmAfter: Duration = .milliseconds(100)
    /// The shortest wait after a 429, and the wait when the server names none.
    package var shortestGate: Duration = .seconds(1)
    /// The longest wait one 429 can impose, whatever the server names.
    package var longestGate: Duration = .seconds(3600)

    package init() {}
}

/// The limiter of one credential, shared by every process that asks the same Redis for the same name.
///
/// - **Pace.** Slots lie one period of the rate apart; there is no burst, and the first slot of a limiter without a past
///   (new, wiped, expired) lies one period ahead. Without a rate, slots are free but still named in order.
/// - **Late slots.** A slot that could not be used in time is void, and a new one is reserved: a process that wakes from
///   a long stop does not send on old permission.
/// - **The gate.** After a 429 nobody sends until the server's wait is over, and reservations made before it are void.
///   The pace starts again at the gate, so one request goes first, alone for a whole period. A request that was within
///   `confirmAfter` of leaving may still leave.
/// - **Fairness.** First come, first served up to the horizon; whoever finds the next slot further away than that asks
///   again later.
///
/// All processes should use the same rate for a name: each reservation advances the shared time by its own period. A rate
/// that an operator has set in Redis (``LimiterControl``) takes the place of everybody's own.
package final class RedisLimiter<C: Clock>: RequestLimiter where C.Duration == Duration {
    package let name: String
    package let rate: RequestRate?
    private let redis: RedisClient
    private let budget: RequestBudget?
    private let options: LimiterOptions
    private let clock: C
    private let key: String
    private let latest: Slot

    /// `latest` is the latest slot of any page fetched before: all slots come after it, even where Redis forgot it and its
    /// clock was set back.
    ///
    /// - Throws: ``QueueError/badName(_:)``.
    package init(
        redis: RedisClient, name: String, rate: RequestRate?, budget: RequestBudget? = nil,
        after latest: Slot = Slot(time: 0), options: LimiterOptions = LimiterOptions(),
        clock: C = ContinuousClock()
    ) throws(QueueError) {
        guard isPlainName(name) else { throw .badName(name) }
        self.name = name
        self.rate = rate
        self.redis = redis
        self.budget = budget
        self.latest = latest
        self.options = options
        self.clock = clock
        key = Keys.limiter(name)
    }

    /// - Throws: `CancellationError`; `BudgetSpent`; ``QueueError`` and `RedisError`. A request that was not made is given
    ///   back to the budget.
    package func slot() async throws -> Slot {
        try Task.checkCancellation()
        guard let budget else { return try await paced() }
        guard try await budget.take() else { throw BudgetSpent() }
        do {
            return try await paced()
        } catch {
            do {
                try await budget.giveBack()
            } catch {
                // The run may now make one request less. The first error matters more, and the budget stays kept.
            }
            throw error
        }
    }

    package func throttled(retryAfter: Duration?) async throws {
        let wait = min(max(retryAfter ?? .zero, options.shortestGate), options.longestGate)
        try await redis.evaluate(Scripts.throttle, keys: [key], arguments: [wait.wholeMicroseconds])
    }

    private func paced() async throws -> Slot {
        while true {
            guard let reservation = try await reserve(), try await isStillMine(reservation) else { continue }
            try await clock.sleep(until: reservation.opens, tolerance: nil)
            if !reservation.isVoid(at: clock.now) { return reservation.slot }
            try Task.checkCancellation()
        }
    }

    /// Nil after the wait that Redis asked for instead of giving a slot.
    private func reserve() async throws -> Reservation<C.Instant>? {
        let asked = clock.now
        let reply = try await redis.evaluate(
            Scripts.reserve, keys: [key],
            arguments: [
                rate?.pacedWindow ?? 0, rate?.slots ?? 1, options.horizon.wholeMicroseconds, latest.time,
            ])
        let answered = clock.now
        let reader = ScriptReply(Scripts.reserve, reply)
        let parts = try reader.parts(2)
        guard try parts[0].integer == 1 else {
            try await clock.sleep(for: .microseconds(parts[1].integer))
            return nil
        }
        guard parts.count == 6 else { throw reader.unexpected("\(parts.count) elements") }
        let ownTolerance = rate.map { Duration.microseconds($0.tolerance) }
        return Reservation(
            slot: Slot(time: try parts[1].integer), wait: .microseconds(try parts[3].integer),
            generation: try parts[4].text,
            tolerance: Int64(try parts[5].text).map { .microseconds($0) } ?? ownTolerance, asked: asked,
            answered: answered)
    }

    /// Sleeps through most of a long wait, then asks whether a gate was set meanwhile: early enough that the answer does
    /// not make the request late.
    private func isStillMine(_ reservation: Reservation<C.Instant>) async throws -> Bool {
        guard reservation.wait > options.confirmAfter else { return true }
        try await clock.sleep(until: reservation.opens.advanced(by: .zero - options.confirmAfter / 2), tolerance: nil)
        let reply = try await redis.evaluate(Scripts.confirm, keys: [key], arguments: [reservation.generation])
        return try reply.integer == 1
    }
}
