/// Walks a shard by page number: pages come in, the next thing to do comes out. No clock, no I/O.
///
/// The walk trusts records over totals, and totals over page counts. A page without records ends it only when the hits
/// seen agree; otherwise that page is asked again, and where the endpoint gives no total that is the only end a walk
/// has, whatever a page count says. A walk whose total moved or that came out short is walked again,
/// ``WalkLimits/walks`` times at most. Whatever the pages say, a walk ends: it goes no more than
/// ``WalkLimits/surplusPages`` beyond what the total promises without finding a new record, nowhere more than
/// ``WalkLimits/barrenPages`` without one, and never deeper than ``WalkLimits/depth`` and ``WalkLimits/pages``.
package struct NumberWalker: Sendable {
    private let limits: WalkLimits
    private let shard: Shard
    private var books: WalkBooks
    private var number = 1

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
        if number == 1, let depth = limits.depth, let hits = page.total, hits > depth {
            return shard.canSplit(hits: hits) ? .split(hits: hits) : .unsplittable(hits: hits)
        }
        if page.records.entries.isEmpty { return settle(books.takeEmpty(page, at: position)) }
        books.take(page)
        if page.records.entries.count < limits.pageSize, books.isComplete { return end(.shortPage) }
        if isGoingInCircles { return end(.nothingNew) }
        if let depth = limits.depth, limits.pageSize * (number + 1) > depth { return end(.depth) }
        if number == limits.pages { return end(.depth) }
        number += 1
        return .fetch(position)
    }

    private var position: PagePosition { PagePosition(number: number) }

    private var isGoingInCircles: Bool {
        if books.barrenPages >= limits.barrenPages { return true }
        return books.lastHits != nil && books.barrenPages > 0 && number >= promisedPages + limits.surplusPages
    }

    /// Pages needed for the largest total seen.
    private var promisedPages: Int {
        let hits = max(books.firstHits ?? 0, books.lastHits ?? 0)
        return hits / limits.pageSize + (hits.isMultiple(of: limits.pageSize) ? 0 : 1)
    }

    private mutating func end(_ end: WalkEnd) -> WalkAction { settle(books.end(end)) }

    private mutating func settle(_ action: WalkAction) -> WalkAction {
        if case .walkAgain = action { number = 1 }
        return action
    }
}

extension Shard {
    /// A child that shows as many hits as its parent is not getting smaller: the API matches whole days.
    func canSplit(hits: Int) -> Bool {
        if let parentHits, hits >= parentHits { return false }
        return interval.milliseconds > 1
    }
}
