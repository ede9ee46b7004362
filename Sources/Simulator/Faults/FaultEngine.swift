/// Decides which request suffers which fault. The same script, seed and order of requests give the same faults.
struct FaultEngine: Sendable {
    private var rules: [FaultRule]
    private let seed: UInt64
    private var numbers: [Endpoint: Int] = [:]
    private var stormEnd = Int64.min
    private var stormRequests = 0
    private var stormRetryAfter = 1

    init(rules: [FaultRule], seed: UInt64) {
        self.rules = rules
        self.seed = seed
    }

    /// Counts the request and finds the first rule that applies.
    mutating func fault(for request: FaultRequest, now: Int64) -> Fault? {
        var request = request
        numbers[request.endpoint, default: 0] += 1
        request.number = numbers[request.endpoint]!
        for position in rules.indices where rules[position].times != 0 {
            var dice = SplitMix(seed: seed ^ SplitMix.mixed(UInt64(request.number) << 16 | UInt64(position)))
            guard rules[position].matches(request, chance: dice.fraction()) else { continue }
            rules[position].times = rules[position].times.map { $0 - 1 }
            if case .storm(let microseconds, let requests, let retryAfter) = rules[position].fault {
                stormEnd = microseconds.map { now + $0 } ?? .min
                stormRequests = (requests ?? 1) - 1
                stormRetryAfter = retryAfter
            }
            return rules[position].fault
        }
        return nil
    }

    /// The `Retry-After` of a request that comes during a storm; nil in fair weather. Counts the request.
    mutating func storm(now: Int64) -> Int? {
        if now < stormEnd { return stormRetryAfter }
        guard stormRequests > 0 else { return nil }
        stormRequests -= 1
        return stormRetryAfter
    }
}
