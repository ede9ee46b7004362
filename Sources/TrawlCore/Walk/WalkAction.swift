/// What a walker wants done next.
package enum WalkAction: Hashable, Sendable {
    /// Ask for this page now.
    case fetch(PagePosition)
    /// The page had no records though there should be some, or might be: ask for it again, after a backoff for the
    /// `repeat`-th time.
    case fetchAgain(PagePosition, repeat: Int)
    /// Ask this about jobs; with `poll` above 0 after a pause, for the `poll`-th time in a row.
    case ask(JobRequest, poll: Int)
    /// The API's data is complete up to this instant only: give the shard back until later, without a charge.
    case notYet(availableTo: Instant)
    /// Nothing comes of this attempt, for this reason.
    case giveUp(String)
    /// Start over at the first page, as walk number `walk`, after a backoff.
    case walkAgain(walk: Int)
    /// More hits than the API pages through: cut the shard.
    case split(hits: Int)
    /// As ``split(hits:)``, but the shard cannot be cut into smaller ones.
    case unsplittable(hits: Int)
    case finish(WalkProof)
}

/// The bounds of a walk.
package struct WalkLimits: Hashable, Sendable {
    package var pageSize: Int
    /// The largest `pageSize × number` the API answers.
    package var depth: Int?
    package var walks = 5
    package var emptyPageRepeats = 3
    /// Pages that a walk goes beyond what a total promises without finding a new record.
    package var surplusPages = 2
    /// Pages in a row without a new record that end a walk.
    package var barrenPages = 5
    /// Pages of one walk: no API makes a walk endless by making up new records for ever.
    package var pages = 1_000_000

    package init(pageSize: Int, depth: Int?) {
        self.pageSize = pageSize
        self.depth = depth
    }
}
