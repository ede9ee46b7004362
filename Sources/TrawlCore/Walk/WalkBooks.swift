/// What a walker has seen of its shard, and what that proves. Shared by the walkers of all paging styles, so that a
/// verdict means the same whatever the endpoint.
struct WalkBooks: Sendable {
    let limits: WalkLimits
    /// The walk under way, from 1.
    private(set) var walk: Int
    private let lastWalk: Int
    private(set) var pages = 0
    /// Pages without a new record, up to the last one, in a row.
    private(set) var barrenPages = 0
    private(set) var firstHits: Int?
    private(set) var lastHits: Int?
    private(set) var pageCount: Int?
    /// How often the page at hand was asked again.
    private var repeats = 0
    private var records = 0
    private var rejected = 0
    private var repeatedPages = 0
    private var moved = false
    /// A page with records stated no total.
    private var lacksTotal = false
    private var lastDigest: Digest128?
    /// Records of the last page that had some.
    private var lastCount = 0
    /// A page held what no stable listing holds: the page before once more, or one id for two conversations.
    private var isFlawed = false
    private var seen: Set<Digest128> = []
    /// What the walk before this one had seen.
    private var seenBefore: Sum?

    /// Equal sets of ids have equal sums, whatever their order.
    private struct Sum: Equatable {
        private var high: UInt64 = 0
        private var low: UInt64 = 0
        private let count: Int

        init(_ ids: Set<Digest128>) {
            count = ids.count
            for id in ids {
                high &+= id.high
                low &+= id.low
            }
        }
    }

    init(limits: WalkLimits, firstWalk: Int) {
        self.limits = limits
        walk = firstWalk
        lastWalk = firstWalk + limits.walks - 1
    }

    /// Records of the current walk that were not seen before in it.
    var distinct: Int { seen.count }

    /// All hits have been seen. Never so without a total.
    var isComplete: Bool {
        guard let lastHits else { return false }
        return seen.count >= lastHits
    }

    /// Takes what a page states beside its records. The last statement counts: totals and counts are computed anew for
    /// every page. A total that some pages with records state and others do not may have moved unseen.
    mutating func note(_ page: Page) {
        if let count = page.pageCount { pageCount = count }
        if !page.records.entries.isEmpty {
            if page.total == nil { lacksTotal = true }
            if lacksTotal, page.total != nil || lastHits != nil { moved = true }
        }
        guard let total = page.total else { return }
        if firstHits == nil { firstHits = total }
        if let lastHits, lastHits != total { moved = true }
        lastHits = total
    }

    /// Takes the records of a page that counts. A page that may have no new record is not an anomaly.
    mutating func take(_ page: Page, mayBeBarren: Bool = false) {
        repeats = 0
        pages += 1
        records += page.records.entries.count
        let before = seen.count
        for entry in page.records.entries where seen.insert(entry.id).inserted && entry.rejection != nil {
            rejected += 1
        }
        let count = page.records.entries.count
        let isBarren = seen.count == before
        // The end of a walk may repeat a few records: some cursors include the record they were made from.
        if isBarren, count > 0, count >= lastCount { isFlawed = true }
        if seen.count - before < count, Self.hasSharedID(page.records.entries) { isFlawed = true }
        if count > 0 { lastCount = count }
        barrenPages = isBarren ? barrenPages + 1 : 0
        if !mayBeBarren, isBarren || page.digest == lastDigest { repeatedPages += 1 }
        lastDigest = page.digest
    }

    /// Whether one id stands for conversations with different starts.
    private static func hasSharedID(_ entries: [RecordEntry]) -> Bool {
        var starts: [Digest128: Int64] = [:]
        for entry in entries where starts.updateValue(entry.start, forKey: entry.id) ?? entry.start != entry.start {
            return true
        }
        return false
    }

    /// What to do with a page without records, unless it has been asked for often enough or all hits have been seen: it
    /// may be empty by a passing fault.
    mutating func again(at position: PagePosition) -> WalkAction? {
        guard !isComplete, repeats < limits.emptyPageRepeats else { return nil }
        repeats += 1
        return .fetchAgain(position, repeat: repeats)
    }

    /// Takes a page without records that may be the end: it is, if the total agrees or if it stays empty when asked
    /// again. A page count has no say in it, because it may be stale.
    mutating func takeEmpty(_ page: Page, at position: PagePosition) -> WalkAction {
        if let again = again(at: position) { return again }
        guard isComplete || lastHits == nil else { return end(.emptyPageRepeated) }
        take(page, mayBeBarren: true)
        return end(.emptyPage)
    }

    /// Ends the walk: finishes with a proof, or begins the next walk.
    mutating func end(_ end: WalkEnd) -> WalkAction {
        let verdict = verdict(end)
        if verdict == .drifted || verdict == .short, walk < lastWalk {
            walk += 1
            restart()
            return .walkAgain(walk: walk)
        }
        return .finish(
            WalkProof(
                verdict: verdict, end: end, firstHits: firstHits, lastHits: lastHits, pageCount: pageCount,
                records: records, distinct: seen.count, rejected: rejected, pages: pages, walks: walk,
                repeatedPages: repeatedPages))
    }

    private func verdict(_ end: WalkEnd) -> Verdict {
        // The API says itself that the walk cannot be relied on.
        if end == .refusedCursor { return .short }
        // With all hits within the depth, the pages up to it must hold them all, as anywhere else. A total that grew beyond
        // the depth on the way is seen on the next walk's first page, and cuts the shard.
        if end == .depth, lastHits.map({ !moved && seen.count > $0 }) ?? true { return .capped }
        if let lastHits {
            return moved || seen.count > lastHits ? .drifted : seen.count < lastHits ? .short : .proven
        }
        if isFlawed || end == .nothingNew || end == .repeatedCursor { return .short }
        // Records that come twice say that the pages moved, and then others may have slipped through between them.
        // Where two walks in a row hold the same all the same, repeating them is the endpoint's way.
        return records == seen.count || Sum(seen) == seenBefore ? .unverifiable : .drifted
    }

    private mutating func restart() {
        repeats = 0
        pages = 0
        barrenPages = 0
        firstHits = nil
        lastHits = nil
        pageCount = nil
        records = 0
        rejected = 0
        repeatedPages = 0
        moved = false
        lacksTotal = false
        lastDigest = nil
        lastCount = 0
        isFlawed = false
        seenBefore = Sum(seen)
        seen.removeAll(keepingCapacity: true)
    }
}
