/// Walks a shard from cursor to cursor: pages come in, the next thing to do comes out. No clock, no I/O.
///
/// A page without a cursor is the last one. A page without records is asked again before it counts, as the end or as a
/// step, unless the total has been reached. Every cursor is used once: one that comes back is an anomaly that ends the walk, and so does a row
/// of pages that bring no new record. What came out short is walked again, ``WalkLimits/walks`` times at most.
package struct CursorWalker: Sendable {
    private let limits: WalkLimits
    private let shard: Shard
    private var books: WalkBooks
    private var position = PagePosition.first
    private var used: Set<Cursor> = []

    /// `firstWalk` is more than 1 where an earlier walker of the same attempt had to stop.
    package init(shard: Shard, limits: WalkLimits, firstWalk: Int = 1) {
        self.shard = shard
        self.limits = limits
        books = WalkBooks(limits: limits, firstWalk: firstWalk)
    }

    /// The walk under way, from 1.
    package var walk: Int { books.walk }

    /// Records of the current walk that were not seen before in it.
    package var distinctRecords: Int { books.distinct }

    /// What to do first.
    package var start: WalkAction { .fetch(.first) }

    /// Takes the page last asked for and says what to do next.
    package mutating func handle(_ page: Page) -> WalkAction {
        books.note(page)
        if position == .first, let depth = limits.depth, let hits = page.total, hits > depth {
            return shard.canSplit(hits: hits) ? .split(hits: hits) : .unsplittable(hits: hits)
        }
        // An empty cursor is none: sending it would ask for the first page again, or be refused.
        let next = page.cursor.flatMap { $0.bytes.isEmpty ? nil : $0 }
        if page.records.entries.isEmpty {
            guard next != nil else { return settle(books.takeEmpty(page, at: position)) }
            if let again = books.again(at: position) { return again }
        }
        books.take(page)
        guard let next else { return end(.noCursor) }
        guard used.insert(next).inserted else { return end(.repeatedCursor) }
        if books.barrenPages >= limits.barrenPages { return end(.nothingNew) }
        if let depth = limits.depth, limits.pageSize * (position.number + 1) > depth { return end(.depth) }
        if position.number == limits.pages { return end(.depth) }
        position = PagePosition(number: position.number + 1, cursor: next)
        return .fetch(position)
    }

    /// The API refused the cursor last sent: it has expired, or the data behind it has changed.
    package mutating func handleRefusedCursor() -> WalkAction {
        end(.refusedCursor)
    }

    private mutating func end(_ end: WalkEnd) -> WalkAction { settle(books.end(end)) }

    private mutating func settle(_ action: WalkAction) -> WalkAction {
        if case .walkAgain = action {
            position = .first
            used.removeAll(keepingCapacity: true)
        }
        return action
    }
}
