/// The walker of an endpoint's paging style.
package struct Walker: Sendable {
    // One of the two. Not an enum, because a payload is copied to be changed, with all ids it has seen.
    private var number: NumberWalker?
    private var cursor: CursorWalker?

    /// `firstWalk` is more than 1 where an earlier walker of the same attempt had to stop.
    package init(paging: EndpointProfile.Paging, shard: Shard, limits: WalkLimits, firstWalk: Int = 1) {
        switch paging.continuation {
        case .number: number = NumberWalker(shard: shard, limits: limits, firstWalk: firstWalk)
        case .cursor: cursor = CursorWalker(shard: shard, limits: limits, firstWalk: firstWalk)
        }
    }

    /// The walk under way, from 1.
    package var walk: Int { number?.walk ?? cursor?.walk ?? 1 }

    /// What to do first.
    package var start: WalkAction { .fetch(.first) }

    /// Takes the page last asked for and says what to do next.
    package mutating func handle(_ page: Page) -> WalkAction {
        guard let action = number?.handle(page) ?? cursor?.handle(page) else {
            preconditionFailure("a walker has a style")
        }
        return action
    }

    /// The API refused the cursor last sent. Nil where the endpoint has none.
    package mutating func handleRefusedCursor() -> WalkAction? {
        cursor?.handleRefusedCursor()
    }
}
