/// Walks a shard by page number: pages come in, the next thing to do comes out. No clock, no I/O.
///
/// The walk trusts records over totals. A page without records ends it only when the hits seen agree, otherwise that
/// page is asked again; a walk whose total moved or that came out short is walked again, ``Limits/walks`` times at
/// most. Whatever the pages say, a walk ends: it goes no more than ``Limits/surplusPages`` beyond what the total
/// promises without finding a new record, and never deeper than ``Limits/depth``.
package struct NumberWalker: Sendable {
    package struct Limits: Hashable, Sendable {
        package var pageSize: Int
        /// The largest `pageSize × number` the API answers.
        package var depth: Int?
        package var walks = 5
        package var emptyPageRepeats = 3
        package var surplusPages = 2

        package init(pageSize: Int, depth: Int?) {
            self.pageSize = pageSize
            self.depth = depth
        }
    }

    package enum Action: Hashable, Sendable {
        /// Ask for this page now.
        case fetch(number: Int)
        /// The page had no records though some are missing: ask for it again, after a backoff for the `repeat`-th time.
        case fetchAgain(number: Int, repeat: Int)
        /// Start over at page 1, as walk number `walk`, after a backoff.
        case walkAgain(walk: Int)
        /// More hits than the API pages through: cut the shard.
        case split(hits: Int)
        /// As ``split(hits:)``, but the shard cannot be cut into smaller ones.
        case unsplittable(hits: Int)
        case finish(WalkProof)
    }

    private let limits: Limits
    private let shard: Shard
    /// The walk under way, from 1.
    package private(set) var walk: Int
    private let lastWalk: Int
    private var number = 1
    private var repeats = 0
    private var pages = 0
    private var records = 0
    private var rejected = 0
    private var repeatedPages = 0
    private var barrenPages = 0
    private var firstHits: Int?
    private var lastHits: Int?
    private var moved = false
    private var lastDigest: Digest128?
    private var seen: Set<Digest128> = []

    /// `firstWalk` is more than 1 where an earlier walker of the same attempt had to stop.
    package init(shard: Shard, limits: Limits, firstWalk: Int = 1) {
        self.shard = shard
        self.limits = limits
        walk = firstWalk
        lastWalk = firstWalk + limits.walks - 1
    }

    /// What to do first.
    package var start: Action { .fetch(number: 1) }

    /// Takes the page last asked for and says what to do next.
    package mutating func handle(_ page: Page) -> Action {
        let entries = page.records.entries
        note(total: page.total)
        if number == 1, let depth = limits.depth, let hits = page.total, hits > depth {
            return canSplit(hits: hits) ? .split(hits: hits) : .unsplittable(hits: hits)
        }
        if entries.isEmpty {
            guard isComplete || lastHits == nil && repeats >= limits.emptyPageRepeats else {
                guard repeats < limits.emptyPageRepeats else { return end(.emptyPageRepeated) }
                repeats += 1
                return .fetchAgain(number: number, repeat: repeats)
            }
            pages += 1
            return end(.emptyPage)
        }
        repeats = 0
        pages += 1
        take(entries, digest: page.digest)
        if entries.count < limits.pageSize, isComplete { return end(.shortPage) }
        if barrenPages > 0, number >= promisedPages + limits.surplusPages { return end(.nothingNew) }
        if let depth = limits.depth, limits.pageSize * (number + 1) > depth { return end(.depth) }
        number += 1
        return .fetch(number: number)
    }

    /// Records of the current walk that were not seen before in it.
    package var distinctRecords: Int { seen.count }

    private var isComplete: Bool {
        guard let lastHits else { return false }
        return seen.count >= lastHits
    }

    /// Pages needed for the largest total seen; without one, nothing is promised beyond the page at hand.
    private var promisedPages: Int {
        let hits = max(firstHits ?? 0, lastHits ?? 0)
        return (hits + limits.pageSize - 1) / limits.pageSize
    }

    /// A child that shows as many hits as its parent is not getting smaller: the API matches whole days.
    private func canSplit(hits: Int) -> Bool {
        if let parentHits = shard.parentHits, hits >= parentHits { return false }
        return shard.interval.milliseconds > 1
    }

    private mutating func note(total: Int?) {
        guard let total else { return }
        if firstHits == nil { firstHits = total }
        if let lastHits, lastHits != total { moved = true }
        lastHits = total
    }

    private mutating func take(_ entries: [RecordEntry], digest: Digest128) {
        records += entries.count
        let before = seen.count
        for entry in entries where seen.insert(entry.id).inserted && entry.rejection != nil {
            rejected += 1
        }
        let isBarren = seen.count == before
        barrenPages = isBarren ? barrenPages + 1 : 0
        if isBarren || digest == lastDigest { repeatedPages += 1 }
        lastDigest = digest
    }

    private mutating func end(_ end: WalkEnd) -> Action {
        let verdict: Verdict
        if end == .depth {
            verdict = seen.count == lastHits && !moved ? .proven : .capped
        } else if let lastHits {
            verdict = moved || seen.count > lastHits ? .drifted : seen.count < lastHits ? .short : .proven
        } else {
            verdict = .unverifiable
        }
        if verdict == .drifted || verdict == .short, walk < lastWalk {
            walk += 1
            restart()
            return .walkAgain(walk: walk)
        }
        return .finish(
            WalkProof(
                verdict: verdict, end: end, firstHits: firstHits, lastHits: lastHits, records: records,
                distinct: seen.count, rejected: rejected, pages: pages, walks: walk, repeatedPages: repeatedPages))
    }

    private mutating func restart() {
        number = 1
        repeats = 0
        pages = 0
        records = 0
        rejected = 0
        repeatedPages = 0
        barrenPages = 0
        firstHits = nil
        lastHits = nil
        moved = false
        lastDigest = nil
        seen.removeAll(keepingCapacity: true)
    }
}
