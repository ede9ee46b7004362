import Testing
import TrawlCore

@testable import TrawlView

struct RateTests {
    private func sample(_ second: Int, _ requests: Int, slots: Int? = nil) -> RateMeter.Sample {
        var progress = Progress()
        progress.requests = requests
        return .init(at: start + Int64(second) * 1000, progress: progress, slots: slots)
    }

    @Test func `a rate is taken over the window, not over the whole run`() {
        var meter = RateMeter(window: .seconds(10))
        #expect(meter.perSecond(\.requests) == nil)
        for second in 0...100 { meter.add(sample(second, second < 50 ? second * 100 : 5000 + (second - 50) * 2)) }
        #expect(meter.perSecond(\.requests) == 2)
    }

    private func finished(requests: Int) throws -> PartOutcome {
        let file = FileReference(path: "parts/none", bytes: 0, sha256: "")
        let proof = WalkProof(
            verdict: .proven, end: .shortPage, firstHits: 7, lastHits: 7, records: 7, distinct: 7, rejected: 0,
            pages: 1,
            walks: 1, repeatedPages: 0)
        return PartOutcome(
            token: LeaseToken("1:1:a"), part: file, index: file, lines: 7, lineBytes: 70, requests: requests,
            proof: proof)
    }

    @Test func `counters that begin anew give no rate below zero`() {
        var meter = RateMeter()
        meter.add(sample(0, 1000, slots: 1000))
        meter.add(sample(1, 1010, slots: 3))
        #expect(meter.perSecond(\.requests) == 10)
        #expect(meter.slotsPerSecond == nil)
        meter.add(sample(2, 0))
        #expect(meter.perSecond(\.requests) == nil)
    }

    @Test func `an estimate needs a sample of three, and its range holds what it expects`() throws {
        func estimate(begun: [Int] = [], unknown: Int, sample: [Int], _ perSecond: Double? = 5) -> Estimate? {
            Estimate.remaining(begun: begun, unknown: unknown, sample: sample, perSecond: perSecond)
        }
        #expect(estimate(unknown: 10, sample: [2, 2]) == nil)
        #expect(estimate(unknown: 10, sample: [2, 2, 2], 0) == nil)
        #expect(estimate(unknown: 0, sample: [2, 2, 2]) == nil)
        let found = try #require(estimate(unknown: 100, sample: [1, 2, 3, 4, 5]))
        #expect(found.expected == 60)
        #expect(found.range.contains(60) && found.range.lowerBound >= 20 && found.range.upperBound < 90)
        #expect(try #require(estimate(begun: [50, 50], unknown: 0, sample: [60, 60, 60])).expected == 20)
    }

    @Test func `short shards that are done first do not stand for long ones in hand`() throws {
        var shards = (0..<4).map { view($0, .done) } + (4..<8).map { view($0, .leased) }
        for index in 0..<4 {
            shards[index].outcome = try finished(requests: 1)
            var activity = ShardActivity(shard: shards[index + 4].id, token: LeaseToken("1:\(index):a"))
            (activity.hits, activity.pages) = (2950, 10)
            shards[index + 4].activity = activity
        }
        // 30 pages each, 10 of which have come.
        let estimate = try #require(Estimate.remaining(shards, pageSize: 100, perSecond: 4))
        #expect(estimate.expected == 20)
    }

}

struct ShortfallTests {
    private var running: Shortfall.Signs {
        var signs = Shortfall.Signs()
        (signs.workers, signs.slots, signs.pending, signs.leased, signs.utilisation) = (2, 4, 10, 4, 0.5)
        return signs
    }

    private func activities(_ phases: [ShardActivity.Phase]) -> [ShardActivity] {
        phases.enumerated().map { index, phase in
            var activity = ShardActivity(shard: hour(index).id, token: LeaseToken("1:\(index):a"))
            activity.phase = phase
            return activity
        }
    }

    @Test func `a quota that is used, an open end and no quota are no shortfall`() {
        var signs = running
        signs.utilisation = 0.97
        #expect(Shortfall.cause(signs) == nil)
        signs.utilisation = nil
        #expect(Shortfall.cause(signs) == nil)
        signs = running
        (signs.pending, signs.leased) = (0, 0)
        #expect(Shortfall.cause(signs) == nil)
    }

    @Test func `the operator's pause, missing workers and a shut gate come before all else`() {
        var signs = running
        signs.activities = activities([.pausing, .pausing, .requesting, .waiting])
        signs.gate = .seconds(3)
        #expect(Shortfall.cause(signs) == .throttled(.seconds(3)))
        signs.workers = 0
        #expect(Shortfall.cause(signs) == .noWorkers)
        // Workers that are forgotten take the knowledge of their quota with them.
        signs.utilisation = nil
        #expect(Shortfall.cause(signs) == .noWorkers)
        signs.state = .paused
        #expect(Shortfall.cause(signs) == .paused)
    }

    @Test func `what most slots do is the cause`() {
        var signs = running
        signs.activities = activities([.requesting, .requesting, .requesting, .waiting])
        #expect(Shortfall.cause(signs) == .slowAPI(slots: 4))
        signs.activities = activities([.working, .working, .requesting, .waiting])
        #expect(Shortfall.cause(signs) == .busyWorkers(slots: 4))
        signs.activities = activities([.pausing, .pausing, .requesting, .waiting])
        signs.activities[0].failure = "HTTP 503"
        #expect(Shortfall.cause(signs) == .failing("HTTP 503"))
        signs.activities = activities([.waiting, .waiting, .waiting, .requesting])
        signs.sharedUtilisation = 0.99
        #expect(Shortfall.cause(signs) == .sharedQuota)
    }

    @Test func `the end of a run, waiting for data and workers that start are told apart`() {
        var signs = running
        (signs.pending, signs.leased) = (0, 2)
        #expect(Shortfall.cause(signs) == .fewShards)
        (signs.pending, signs.leased, signs.delayed) = (0, 0, 3)
        #expect(Shortfall.cause(signs) == .failing(nil))
        signs.waitingForData = 3
        signs.availableTo = "2024-01-03"
        #expect(Shortfall.cause(signs) == .waitingForData(availableTo: "2024-01-03"))
        signs = running
        signs.leased = 1
        #expect(Shortfall.cause(signs) == .startingUp)
    }

    @Test func `every cause has a name on the list and a text`() {
        let all: [Shortfall] = [
            .paused, .noWorkers, .throttled(.seconds(1)), .waitingForData(availableTo: nil), .failing(nil),
            .sharedQuota,
            .fewShards, .slowAPI(slots: 1), .busyWorkers(slots: 1), .startingUp,
        ]
        #expect(all.map(\.cause) == Shortfall.causes)
        #expect(all.allSatisfy { !$0.text.isEmpty })
    }
}
