/// The walker of an endpoint's paging style.
package struct Walker: Sendable {
    // One of the three. Not an enum, because a payload is copied to be changed, with all ids it has seen.
    private var number: NumberWalker?
    private var cursor: CursorWalker?
    private var jobs: JobWalker?

    /// - Parameters:
    ///   - firstWalk: more than 1 where an earlier walker of the same attempt had to stop.
    ///   - job: where the endpoint answers by jobs: one submitted for this very shard before.
    ///   - availableTo: likewise, what the API is known to have stated.
    package init(
        paging: EndpointProfile.Paging, shard: Shard, limits: WalkLimits, firstWalk: Int = 1, job: JobID? = nil,
        availableTo: Instant? = nil
    ) {
        switch paging.continuation {
        case .number: number = NumberWalker(shard: shard, limits: limits, firstWalk: firstWalk)
        case .cursor: cursor = CursorWalker(shard: shard, limits: limits, firstWalk: firstWalk)
        case .job(let form, _):
            jobs = JobWalker(
                shard: shard, form: form, limits: limits, firstWalk: firstWalk, job: job, availableTo: availableTo)
        }
    }

    /// The walk under way, from 1.
    package var walk: Int { number?.walk ?? cursor?.walk ?? jobs?.walk ?? 1 }

    /// The job at hand.
    package var job: JobID? { jobs?.job }

    /// What to do first, also after ``WalkAction/walkAgain(walk:)``.
    package var start: WalkAction { jobs?.start ?? .fetch(.first) }

    /// Takes the page last asked for and says what to do next.
    package mutating func handle(_ page: Page) -> WalkAction {
        guard let action = number?.handle(page) ?? cursor?.handle(page) ?? jobs?.handle(page) else {
            preconditionFailure("a walker has a style")
        }
        return action
    }

    /// Takes the answer to a ``WalkAction/ask(_:poll:)``.
    package mutating func handle(_ answer: JobAnswer) -> WalkAction {
        guard let action = jobs?.handle(answer) else { preconditionFailure("only a job is asked about") }
        return action
    }

    /// The API refused the cursor last sent, or the job. Nil where the endpoint has neither.
    package mutating func handleRefusedCursor(_ reason: String) -> WalkAction? {
        cursor?.handleRefusedCursor() ?? jobs?.handleRefusal(reason)
    }

    /// The job at hand is not done in time. Nil where the endpoint has none.
    package mutating func handleOverdue() -> WalkAction? { jobs?.handleOverdue() }
}
