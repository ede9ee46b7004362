import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

/// A limiter of its own on the shared server.
private struct LimiterFixture {
    let redis: RedisClient
    let name = "c-\(UInt64.random(in: .min ... .max))"
    var key: String { Keys.limiter(name) }

    init() async throws {
        redis = RedisClient(url: try await sharedServer.value.url)
    }

    /// What the reserve script answers: slot, now and wait, or how long to wait before asking again.
    enum Answer: Equatable {
        case slot(Int64, now: Int64, wait: Int64)
        case again(Int64)
    }

    func reserve(window: Int64, slots: Int64, horizon: Int64 = 5_000_000) async throws -> Answer {
        let parts = try await redis.evaluate(Scripts.reserve, keys: [key], arguments: [window, slots, horizon]).array
        return try parts[0].integer == 1
            ? .slot(parts[1].integer, now: parts[2].integer, wait: parts[3].integer) : .again(parts[1].integer)
    }

    func slot(window: Int64, slots: Int64, horizon: Int64 = 5_000_000) async throws -> (
        time: Int64, now: Int64, wait: Int64
    ) {
        guard
            case .slot(let time, let now, let wait) = try await reserve(window: window, slots: slots, horizon: horizon)
        else { throw NoSlot() }
        return (time, now, wait)
    }

    struct NoSlot: Error {}

    func limiter(
        _ rate: RequestRate?, budget: RequestBudget? = nil, options: LimiterOptions = LimiterOptions(),
        clock: StepClock = StepClock()
    ) throws -> RedisLimiter<StepClock> {
        try RedisLimiter(redis: redis, name: name, rate: rate, budget: budget, options: options, clock: clock)
    }

    func reserved() async throws -> Int {
        try #require(try await LimiterSnapshot.read(redis, name: name)).reserved
    }
}

@Suite struct LimiterTests {
    private static let second: Int64 = 1_000_000
    /// Where slots are compared with the clock, they lie a minute apart: a busy machine may stop for seconds.
    private static let minute = 60 * second
    private static let hour = 60 * minute

    @Test func `an empty limiter gives its first slot a period from now, and no burst`() async throws {
        let fixture = try await LimiterFixture()
        let first = try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour)
        #expect(first.wait == Self.minute && first.time == first.now + Self.minute)
        let second = try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour)
        #expect(second.time == first.time + Self.minute)
    }

    @Test func `no slot comes before one that the store knows, whatever Redis forgot and its clock says`() async throws
    {
        let fixture = try await LimiterFixture()
        let known = try await fixture.slot(window: 60 * Self.second, slots: 60).time + 3600 * Self.second
        try await fixture.redis.command("DEL", fixture.key)
        let limiter = try RedisLimiter(
            redis: fixture.redis, name: fixture.name, rate: nil, after: Slot(time: known), clock: StepClock())
        let first = try await limiter.slot()
        let second = try await limiter.slot()
        #expect(first.time == known + 1 && second.time == known + 2)
    }

    @Test func `a limiter that was idle gives the next slot at once, and only one`() async throws {
        let fixture = try await LimiterFixture()
        _ = try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour)
        try await fixture.redis.command("HSET", fixture.key, "tat", 1_000_000, "last", 1_000_000)
        let slot = try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour)
        #expect(slot.wait == 0)
        #expect(
            try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour).time == slot.time + Self.minute)
    }

    @Test(arguments: [(7, 1_000_000), (297, 60_000_000), (3, 1000), (999_983, 1_000_000)])
    func `the pace is exact over thousands of slots`(slots: Int64, window: Int64) async throws {
        let fixture = try await LimiterFixture()
        let far = 1000 * 3600 * Self.second
        let first = try await fixture.slot(window: window, slots: slots, horizon: far)
        // Far ahead of the clock, so that the pace alone decides.
        try await fixture.redis.command("HSET", fixture.key, "tat", first.now + 3600 * Self.second, "rest", 0)
        let base = try await fixture.slot(window: window, slots: slots, horizon: far).time
        let calls = (1...3000).map { _ in
            RedisCommand("EVALSHA", Scripts.reserve.digest, 1, fixture.key, window, slots, far)
        }
        for (index, reply) in try await fixture.redis.pipeline(calls).enumerated() {
            let expected = base + Int64(index + 1) * window / slots
            #expect(try reply.array[1].integer == expected)
        }
    }

    @Test func `without a rate slots are free but unique and rising`() async throws {
        let fixture = try await LimiterFixture()
        let limiters = try (0..<4).map { _ in try fixture.limiter(nil) }
        let slots = try await withThrowingTaskGroup(of: [Slot].self) { group in
            for index in 0..<20 {
                group.addTask {
                    var mine: [Slot] = []
                    for _ in 0..<25 { mine.append(try await limiters[index % 4].slot()) }
                    return mine
                }
            }
            return try await group.reduce(into: [[Slot]]()) { $0.append($1) }
        }
        #expect(Set(slots.flatMap { $0 }).count == 500)
        for mine in slots { #expect(mine.map(\.time) == mine.map(\.time).sorted()) }
    }

    @Test(arguments: ["300/1s", "100/700ms", "400/2s", "4/20ms", "1/10ms"])
    func `any number of tasks never get more than the limit in any window`(text: String) async throws {
        let rate = try #require(RequestRate(text))
        let fixture = try await LimiterFixture()
        let slots = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<32 {
                // A clock of its own: a step of one task must not make another one late.
                let limiter = try fixture.limiter(rate)
                group.addTask {
                    var mine: [Int64] = []
                    for _ in 0..<15 { mine.append(try await limiter.slot().time) }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        #expect(slots.count == 480)
        let window = rate.window.wholeMicroseconds
        let most = rate.limit - rate.margin
        for index in most..<slots.count {
            #expect(slots[index] - slots[index - most] >= window, "\(most + 1) slots in one window")
        }
    }

    @Test func `a rate that is set takes the place of everybody's own, until it is taken back`() async throws {
        let fixture = try await LimiterFixture()
        let control = LimiterControl(redis: fixture.redis)
        let rate = try #require(RequestRate("10/20s"))
        #expect(try await !control.set(rate, name: fixture.name))
        #expect(try await LimiterSnapshot.read(fixture.redis, name: fixture.name) == nil)

        _ = try await fixture.slot(window: 60 * Self.second, slots: 60)
        #expect(try await control.set(rate, name: fixture.name))
        #expect(try await control.names().contains(fixture.name))
        let first = try await fixture.slot(window: 60 * Self.second, slots: 60, horizon: 60 * Self.second)
        // 10 less a margin of 2 in 20 s, whatever a caller says.
        for (index, own) in [(1, Int64(60)), (2, 600)] {
            let slot = try await fixture.slot(window: 60 * Self.second, slots: own, horizon: 60 * Self.second)
            #expect(slot.time == first.time + Int64(index) * 2_500_000)
        }
        var snapshot = try #require(try await LimiterSnapshot.read(fixture.redis, name: fixture.name))
        #expect(snapshot.setRate == rate && snapshot.period == .milliseconds(2500))

        #expect(try await control.set(nil, name: fixture.name))
        let before = try await fixture.slot(window: 60 * Self.second, slots: 60, horizon: 60 * Self.second)
        let after = try await fixture.slot(window: 60 * Self.second, slots: 60, horizon: 60 * Self.second)
        #expect(after.time == before.time + Self.second)
        snapshot = try #require(try await LimiterSnapshot.read(fixture.redis, name: fixture.name))
        #expect(snapshot.setRate == nil && snapshot.period == .seconds(1))
    }

    @Test func `a rate set during a long wait voids the reservation`() async throws {
        let fixture = try await LimiterFixture()
        let clock = StepClock { number, _ in
            if number == 0 {
                let isSet = try await LimiterControl(redis: fixture.redis)
                    .set(RequestRate("100/1s"), name: fixture.name)
                #expect(isSet)
            }
            return .zero
        }
        _ = try await fixture.limiter(RequestRate("5/10s"), clock: clock).slot()
        #expect(try await fixture.reserved() == 2)
    }

    @Test func `a slot of a set rate is void when it is later than that rate pays for`() async throws {
        let fixture = try await LimiterFixture()
        // 20 ms late: nothing for 100 in 10 s, too much for 1000 in a second.
        let clock = StepClock { number, _ in number == 0 ? .milliseconds(20) : .zero }
        try await fixture.redis.command("HSET", fixture.key, "tat", 1_000_000, "last", 1_000_000)
        #expect(try await LimiterControl(redis: fixture.redis).set(RequestRate("1000/1s"), name: fixture.name))
        _ = try await fixture.limiter(RequestRate("100/10s"), clock: clock).slot()
        #expect(try await fixture.reserved() == 2)
    }

    @Test func `after a gate the pace starts again at the gate`() async throws {
        let fixture = try await LimiterFixture()
        for _ in 1...4 { _ = try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour) }
        let left = try await fixture.redis.evaluate(
            Scripts.throttle, keys: [fixture.key], arguments: [2 * Self.minute]
        ).integer
        #expect(left == 2 * Self.minute)
        let first = try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour)
        #expect(first.wait > Self.minute && first.wait <= 2 * Self.minute)
        #expect(try await fixture.slot(window: Self.hour, slots: 60, horizon: Self.hour).wait > 2 * Self.minute)
    }

    @Test func `a gate only moves away`() async throws {
        let fixture = try await LimiterFixture()
        let limiter = try fixture.limiter(RequestRate("60/60s"))
        try await limiter.throttled(retryAfter: .seconds(60))
        try await limiter.throttled(retryAfter: .seconds(2))
        var snapshot = try #require(try await LimiterSnapshot.read(fixture.redis, name: fixture.name))
        #expect(snapshot.gate > .seconds(30) && snapshot.gate <= .seconds(60))
        #expect(snapshot.throttled == 2)
        try await limiter.throttled(retryAfter: .seconds(90))
        snapshot = try #require(try await LimiterSnapshot.read(fixture.redis, name: fixture.name))
        #expect(snapshot.gate > .seconds(60) && snapshot.ahead >= snapshot.gate)
    }

    @Test(arguments: [(nil, 1), (Duration.milliseconds(3), 1), (.seconds(1_000_000_000), 3600)])
    func `a gate lasts at least a second and at most an hour`(asked: Duration?, seconds: Int) async throws {
        let fixture = try await LimiterFixture()
        try await fixture.limiter(nil).throttled(retryAfter: asked)
        let length = try await fixture.redis.command("HGET", fixture.key, "gateLength").integer
        #expect(length == Int64(seconds) * Self.second)
    }

    @Test func `nothing is reserved beyond the horizon`() async throws {
        let fixture = try await LimiterFixture()
        let window = 60 * Self.second
        for _ in 1...2 { _ = try await fixture.slot(window: window, slots: 6, horizon: 25 * Self.second) }
        // The third slot lies 30 s ahead.
        let answer = try await fixture.reserve(window: window, slots: 6, horizon: 25 * Self.second)
        guard case .again(let wait) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(wait >= 25 * Self.second / 4 && wait <= 25 * Self.second)
        #expect(try await fixture.reserved() == 2)
    }

    @Test func `a clock that steps back stops nobody for longer than the horizon`() async throws {
        let fixture = try await LimiterFixture()
        let slot = try await fixture.slot(window: 60 * Self.second, slots: 60)
        // As if all had happened an hour later than now.
        let ahead = slot.now + 3600 * Self.second
        try await fixture.redis.command(
            "HSET", fixture.key, "tat", ahead, "last", ahead, "gate", ahead, "gateLength", 2 * Self.second)
        guard case .again(let wait) = try await fixture.reserve(window: 60 * Self.second, slots: 60) else {
            Issue.record("a slot beyond the horizon")
            return
        }
        #expect(wait <= 5 * Self.second)
        let tat = try await fixture.redis.command("HGET", fixture.key, "tat").integer
        #expect(tat <= slot.now + 30 * Self.second)
        // Names rise all the same.
        try await fixture.redis.command("HSET", fixture.key, "tat", slot.now, "gate", 0)
        let next = try await fixture.slot(window: 60 * Self.second, slots: 60)
        #expect(next.time == ahead + 1 && next.wait == 0)
    }

    @Test func `a slot that could not be used in time is void`() async throws {
        let fixture = try await LimiterFixture()
        let rate = try #require(RequestRate("100/1s"))
        let clock = StepClock { number, _ in number == 0 ? .seconds(1) : .zero }
        _ = try await fixture.limiter(rate, clock: clock).slot()
        #expect(try await fixture.reserved() == 2)
    }

    @Test func `a slot that is a little late is used`() async throws {
        let fixture = try await LimiterFixture()
        let rate = try #require(RequestRate("100/10s"))
        let clock = StepClock { _, length in length > .zero ? .milliseconds(20) : .zero }
        _ = try await fixture.limiter(rate, clock: clock).slot()
        #expect(try await fixture.reserved() == 1)
    }

    @Test func `a gate set during a long wait voids the reservation`() async throws {
        let fixture = try await LimiterFixture()
        let rate = try #require(RequestRate("5/10s"))
        let other = try fixture.limiter(rate)
        let clock = StepClock { number, _ in
            if number == 0 { try await other.throttled(retryAfter: .seconds(3)) }
            return .zero
        }
        let gated = try await fixture.limiter(rate, clock: clock).slot()
        let gate = try await fixture.redis.command("HGET", fixture.key, "gate").integer
        #expect(gated.time >= gate)
        #expect(try await fixture.reserved() == 2)
    }

    @Test func `a wiped limiter voids long reservations and starts empty`() async throws {
        let fixture = try await LimiterFixture()
        let rate = try #require(RequestRate("5/10s"))
        let clock = StepClock { number, _ in
            if number == 0 { try await fixture.redis.command("DEL", fixture.key) }
            return .zero
        }
        _ = try await fixture.limiter(rate, clock: clock).slot()
        // One reservation since the wipe: the one that was used.
        #expect(try await fixture.reserved() == 1)
    }

    @Test func `a cancelled task gets no slot`() async throws {
        let fixture = try await LimiterFixture()
        let limiter = try RedisLimiter(redis: fixture.redis, name: fixture.name, rate: RequestRate("2/1d"))
        let task = Task { try await limiter.slot() }
        // It waits once the limiter exists.
        while try await LimiterSnapshot.read(fixture.redis, name: fixture.name) == nil { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `on the real clock a request leaves no earlier than its slot`() async throws {
        let fixture = try await LimiterFixture()
        let limiter = try RedisLimiter(redis: fixture.redis, name: fixture.name, rate: RequestRate("20/1s"))
        for _ in 1...4 {
            let slot = try await limiter.slot()
            let time = try await fixture.redis.command("TIME").array
            #expect(try time[0].integer * 1_000_000 + time[1].integer >= slot.time)
        }
    }

    @Test func `a budget is spent exactly, by all limiters together`() async throws {
        let run = try await Fixture(requests: 20)
        let fixture = try await LimiterFixture()
        let granted = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                let budget = try RequestBudget(redis: run.redis, run: run.run, most: 50)
                let limiter = try fixture.limiter(nil, budget: budget)
                group.addTask {
                    var count = 0
                    while true {
                        do {
                            _ = try await limiter.slot()
                            count += 1
                        } catch is BudgetSpent {
                            return count
                        }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(granted == 30)
        #expect(try await run.snapshot().granted == 50)
    }

    @Test func `a request that was not made goes back into the budget`() async throws {
        let run = try await Fixture()
        let fixture = try await LimiterFixture()
        let budget = try RequestBudget(redis: run.redis, run: run.run, most: 5)
        struct Broken: Error {}
        let clock = StepClock { _, _ in throw Broken() }
        let limiter = try fixture.limiter(RequestRate("2/1s"), budget: budget, clock: clock)
        await #expect(throws: Broken.self) { try await limiter.slot() }
        #expect(try await run.snapshot().granted == 0)
    }

    @Test func `a budget of a run that Redis lost is not guessed`() async throws {
        let fixture = try await LimiterFixture()
        let budget = try RequestBudget(redis: fixture.redis, run: "no-such-run", most: 5)
        await #expect(throws: QueueError.unknownRun("no-such-run")) {
            try await fixture.limiter(nil, budget: budget).slot()
        }
    }
}
