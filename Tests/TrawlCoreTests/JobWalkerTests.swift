import Testing
import TrawlCore

/// A walk by jobs. The rules are those of docs/profiles.md.
struct JobWalkerTests {
    private let shard: Shard
    private let form: JobForm
    private let limits = WalkLimits(pageSize: 10, depth: nil)
    private let complete = Instant("2024-01-02T00:00:00Z")!
    private let incomplete = Instant("2024-01-01T23:59:59Z")!
    private let job = JobID("job")!

    init() throws {
        shard = Shard(try ShardTests.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"))
        form = try #require(EndpointProfile.builtIn(named: "details-jobs")?.paging.continuation.job)
    }

    private func walker(job: JobID? = nil, availableTo: Instant? = nil) -> JobWalker {
        JobWalker(shard: shard, form: form, limits: limits, job: job, availableTo: availableTo)
    }

    private func page(_ ids: Range<Int>, next: String? = nil, availableTo: Instant? = nil) -> Page {
        .of(ids, total: nil, cursor: next, availableTo: availableTo ?? complete)
    }

    @Test func `a shard is asked about, submitted, awaited, and read from cursor to cursor`() {
        var walker = walker()
        #expect(walker.start == .ask(.availability, poll: 0))
        #expect(walker.job == nil)
        #expect(walker.handle(.available(to: complete)) == .ask(.submit(shard.interval), poll: 0))
        #expect(walker.handle(.submitted(job)) == .ask(.status(job), poll: 1))
        #expect(walker.job == job)
        #expect(walker.handle(.status(.running)) == .ask(.status(job), poll: 2))
        #expect(walker.handle(.status(.running)) == .ask(.status(job), poll: 3))
        #expect(walker.handle(.status(.done)) == .fetch(.first))
        let second = PagePosition(number: 2, cursor: Cursor(Array("c==".utf8)))
        #expect(walker.handle(page(0..<10, next: "c==")) == .fetch(second))
        guard case .finish(let proof) = walker.handle(page(10..<15)) else {
            Issue.record("the walk did not end")
            return
        }
        #expect(proof.verdict == .unverifiable && proof.end == .noCursor && proof.distinct == 15 && proof.walks == 1)
        #expect(walker.job == job)
    }

    @Test func `data that is known to be complete is not asked about`() {
        #expect(walker(availableTo: complete).start == .ask(.submit(shard.interval), poll: 0))
        #expect(walker(availableTo: incomplete).start == .ask(.availability, poll: 0))
    }

    @Test func `data that is not complete up to the shard's end is not yet fetched`() {
        var walker = walker()
        #expect(walker.handle(.available(to: incomplete)) == .notYet(availableTo: incomplete))
        #expect(walker.job == nil)
    }

    @Test func `a page of data that was not complete does not count, whatever was said before`() {
        var walker = walker(availableTo: complete)
        _ = walker.handle(.submitted(job))
        _ = walker.handle(.status(.done))
        #expect(walker.handle(page(0..<3, availableTo: incomplete)) == .notYet(availableTo: incomplete))
        #expect(walker.job == nil)
    }

    @Test func `an API that does not say how far its data goes is believed nothing`() {
        var walker = walker()
        guard case .giveUp = walker.handle(.available(to: nil)) else {
            Issue.record("it went on")
            return
        }
        var other = self.walker(job: job)
        _ = other.handle(.status(.done))
        guard case .giveUp = other.handle(.of(0..<3, total: nil)) else {
            Issue.record("it went on")
            return
        }
        // What was asked before the submission holds for pages that do not repeat it.
        var third = self.walker(availableTo: complete)
        _ = third.handle(.submitted(job))
        _ = third.handle(.status(.done))
        guard case .finish = third.handle(.of(0..<3, total: nil)) else {
            Issue.record("it did not end")
            return
        }
    }

    @Test func `a job that an earlier owner left is asked about and read, not submitted again`() {
        var walker = walker(job: job)
        #expect(walker.start == .ask(.status(job), poll: 0))
        #expect(walker.handle(.status(.running)) == .ask(.status(job), poll: 1))
        #expect(walker.handle(.status(.done)) == .fetch(.first))
    }

    @Test func `a job that is gone is replaced by another, five walks at most`() {
        var walker = walker(job: job, availableTo: complete)
        for walk in 2...5 {
            #expect(walker.handle(.status(.gone("EXPIRED"))) == .walkAgain(walk: walk))
            #expect(walker.job == nil && walker.walk == walk)
            #expect(walker.start == .ask(.submit(shard.interval), poll: 0))
            _ = walker.handle(.submitted(job))
        }
        #expect(walker.handle(.status(.gone("EXPIRED"))) == .giveUp("the job is gone: EXPIRED"))
        #expect(walker.job == nil)
    }

    @Test func `a refusal amid the results starts a walk with a job of its own`() {
        var walker = walker(availableTo: complete)
        _ = walker.handle(.submitted(job))
        _ = walker.handle(.status(.done))
        _ = walker.handle(page(0..<10, next: "c"))
        #expect(walker.handleRefusal("HTTP 400") == .walkAgain(walk: 2))
        #expect(walker.job == nil && walker.distinctRecords == 0)
        #expect(walker.start == .ask(.submit(shard.interval), poll: 0))
    }

    @Test func `results that go in circles are walked again by another job`() {
        var walker = walker(availableTo: complete)
        _ = walker.handle(.submitted(job))
        _ = walker.handle(.status(.done))
        _ = walker.handle(page(0..<10, next: "c"))
        #expect(walker.handle(page(10..<20, next: "c")) == .walkAgain(walk: 2))
        #expect(walker.job == nil)
    }

    @Test func `a job that failed or is overdue ends the attempt, with the API's words`() {
        var walker = walker(job: job)
        #expect(walker.handle(.status(.failed("FAILED, too much"))) == .giveUp("the job failed: FAILED, too much"))
        #expect(walker.job == nil)
        var slow = self.walker(job: job)
        _ = slow.handle(.status(.running))
        #expect(slow.handleOverdue() == .giveUp("the job was not done in time"))
        #expect(slow.job == nil)
    }

    /// An API of jobs that misbehaves: the seed decides how.
    private struct History {
        var generator: SeededGenerator
        let badness: Int
        let records: Int
        var jobs = 0
        var asks = 0

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            badness = Int.random(in: 0...3, using: &generator)
            records = Int.random(in: 0...24, using: &generator)
        }

        mutating func chance(_ percent: Int) -> Bool {
            Int.random(in: 0..<100, using: &generator) < percent * badness
        }
    }

    @Test func `whatever an API of jobs does, a walk ends, and never on data that is not complete`() async throws {
        var ends: [String: Int] = [:]
        for seed in 0..<WalkHistoryTests.histories {
            if seed.isMultiple(of: 50) { await Task.yield() }
            var history = History(seed: UInt64(seed))
            var walker = walker(job: history.chance(10) ? JobID("old") : nil)
            var action = walker.start
            var held: Set<Int> = []
            var saw = false
            walk: while history.asks < 2000 {
                history.asks += 1
                switch action {
                case .ask(.availability, _):
                    action = walker.handle(.available(to: history.chance(5) ? incomplete : complete))
                case .ask(.submit, _):
                    history.jobs += 1
                    action = walker.handle(.submitted(JobID("job-\(history.jobs)")!))
                case .ask(.status(let job), let poll):
                    #expect(job == walker.job)
                    if poll > 30 {
                        action = walker.handleOverdue()
                    } else if history.chance(8) {
                        action = walker.handle(.status(.gone("EXPIRED")))
                    } else if history.chance(4) {
                        action = walker.handle(.status(.failed("FAILED")))
                    } else {
                        let isRunning = history.chance(20) || Bool.random(using: &history.generator)
                        action = walker.handle(.status(isRunning ? .running : .done))
                    }
                case .ask(.delete, _):
                    Issue.record("history \(seed): a walker deletes nothing")
                    return
                case .fetch(let position), .fetchAgain(let position, _):
                    if history.chance(3) {
                        action = walker.handleRefusal("HTTP 404")
                        continue
                    }
                    var first = (position.number - 1) * 10
                    if history.chance(2) { first = 0 }
                    let ids = history.chance(3) ? 0..<0 : min(first, history.records)..<min(first + 10, history.records)
                    let next =
                        first + 10 < history.records ? history.chance(3) ? "same" : "c\(first)-\(history.asks)" : nil
                    let isComplete = !history.chance(2)
                    let said = history.chance(10) ? nil : isComplete ? complete : incomplete
                    saw = saw || said == incomplete
                    held.formUnion(ids)
                    action = walker.handle(.of(ids, total: nil, cursor: next, availableTo: said))
                case .walkAgain:
                    held = []
                    action = walker.start
                case .finish(let proof):
                    ends["\(proof.verdict)", default: 0] += 1
                    #expect(proof.distinct == held.count && !saw && proof.verdict != .proven)
                    if history.badness == 0 {
                        #expect(held.count == history.records && proof.walks == 1 && proof.verdict == .unverifiable)
                    }
                    break walk
                case .notYet(let instant):
                    ends["notYet", default: 0] += 1
                    #expect(instant < shard.interval.to && walker.job == nil)
                    break walk
                case .giveUp:
                    ends["giveUp", default: 0] += 1
                    #expect(walker.job == nil)
                    break walk
                case .split, .unsplittable:
                    Issue.record("history \(seed): a job has no depth")
                    return
                }
            }
            guard history.asks < 2000 else {
                Issue.record("history \(seed) did not end")
                return
            }
        }
        for end in ["unverifiable", "notYet", "giveUp"] { #expect(ends[end, default: 0] > 5, "\(ends)") }
    }
}
