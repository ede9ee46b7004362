/// Walks a shard by jobs: answers come in, the next thing to do comes out. No clock, no I/O.
///
/// The data must be there first: while it is not complete up to the shard's end, no job is submitted, and no page of a
/// job counts that says so. Then a job is submitted, asked after until it is done, and its results are walked from cursor
/// to cursor. Every walk but one that takes up an earlier owner's job has a job of its own.
package struct JobWalker: Sendable {
    private enum Phase: Hashable {
        case asking, submitting
        case waiting(JobID)
        case reading(JobID)
    }

    private let shard: Shard
    private let form: JobForm
    private var phase: Phase
    private var pages: CursorWalker
    /// How often the job was found at work.
    private var polls = 0
    /// What the API stated last outside of a page of results.
    private var availableTo: Instant?

    /// - Parameters:
    ///   - firstWalk: more than 1 where an earlier walker of the same attempt had to stop.
    ///   - job: submitted for this very shard before, by whomever.
    ///   - availableTo: what the API is known to have stated.
    package init(
        shard: Shard, form: JobForm, limits: WalkLimits, firstWalk: Int = 1, job: JobID? = nil,
        availableTo: Instant? = nil
    ) {
        self.shard = shard
        self.form = form
        self.availableTo = availableTo
        pages = CursorWalker(shard: shard, limits: limits, firstWalk: firstWalk)
        phase = .submitting
        phase = job.map { .waiting($0) } ?? beginning
    }

    /// The walk under way, from 1.
    package var walk: Int { pages.walk }

    /// Records of the current walk that were not seen before in it.
    package var distinctRecords: Int { pages.distinctRecords }

    /// The job at hand.
    package var job: JobID? {
        switch phase {
        case .asking, .submitting: nil
        case .waiting(let job), .reading(let job): job
        }
    }

    /// What to do first, also after ``WalkAction/walkAgain(walk:)``.
    package var start: WalkAction {
        switch phase {
        case .asking: .ask(.availability, poll: 0)
        case .submitting: .ask(.submit(shard.interval), poll: 0)
        case .waiting(let job): .ask(.status(job), poll: 0)
        case .reading: pages.start
        }
    }

    /// Takes the answer to the question last asked. One to another question is ignored: the question stands.
    package mutating func handle(_ answer: JobAnswer) -> WalkAction {
        switch (phase, answer) {
        case (.asking, .available(let instant)):
            guard let instant else { return .giveUp("the API does not say up to when its data is complete") }
            availableTo = instant
            guard instant >= shard.interval.to else { return .notYet(availableTo: instant) }
            phase = .submitting
        case (.submitting, .submitted(let job)):
            polls = 1
            phase = .waiting(job)
            return .ask(.status(job), poll: 1)
        case (.waiting(let job), .status(.running)):
            polls += 1
            return .ask(.status(job), poll: polls)
        case (.waiting(let job), .status(.done)):
            phase = .reading(job)
        case (.waiting, .status(.failed(let reason))):
            phase = beginning
            return .giveUp("the job failed: \(reason)")
        case (.waiting, .status(.gone(let reason))):
            return abandon("the job is gone: \(reason)")
        default: break
        }
        return start
    }

    /// Takes the page last asked for and says what to do next.
    package mutating func handle(_ page: Page) -> WalkAction {
        guard case .reading = phase else { return start }
        if form.availableTo != nil {
            guard let instant = page.availableTo ?? availableTo else {
                phase = beginning
                return .giveUp("the API does not say up to when its data is complete")
            }
            guard instant >= shard.interval.to else {
                availableTo = nil
                phase = beginning
                return .notYet(availableTo: instant)
            }
        }
        let action = pages.handle(page)
        if case .walkAgain = action { phase = beginning }
        return action
    }

    /// The API knows nothing of the job or the cursor last sent, or no longer.
    package mutating func handleRefusal(_ reason: String) -> WalkAction { abandon(reason) }

    /// The job has been at work for longer than anyone waits.
    package mutating func handleOverdue() -> WalkAction {
        phase = beginning
        return .giveUp("the job was not done in time")
    }

    private mutating func abandon(_ reason: String) -> WalkAction {
        phase = beginning
        if case .walkAgain(let walk) = pages.handleRefusedCursor() { return .walkAgain(walk: walk) }
        return .giveUp(reason)
    }

    private var beginning: Phase {
        guard form.availability != nil else { return .submitting }
        return availableTo.map { $0 >= shard.interval.to } ?? false ? .submitting : .asking
    }
}
