import TrawlCore

/// One attempt at a shard: what its steps share. Used by one task.
final class Attempt {
    let held: HeldLease
    let log: Log
    /// Requests made so far.
    var requests = 0
    /// The job at the API that the shard has now.
    var job: JobID? {
        didSet { held.set(job: job) }
    }

    /// What the attempt writes, until it belongs to an outcome.
    var writer: (any PartWriter)?
    /// Pages of an earlier attempt that are in the part already and were not yet walked over; the next one last.
    private var recorded: [RecordedWalk.RecordedPage] = []
    /// The page size of those pages, where there were any.
    private(set) var continuedSize: Int?
    /// The total of those pages, until a page has come that must have the same.
    private(set) var recordedTotal: Int?

    init(_ held: HeldLease, log: Log) {
        self.held = held
        job = held.lease.job
        self.log =
            log.with("shard", held.lease.shard.id).with("attempt", held.lease.attempts + held.lease.reclaims + 1)
            .with(.init("token", held.lease.token.text, isDetail: true))
    }

    /// The part begins with these pages.
    func goOn(after walk: RecordedWalk) {
        recorded = walk.pages.reversed()
        continuedSize = walk.pages.first?.note.size
        recordedTotal = walk.pages.last?.note.total
        requests += walk.pages.last?.note.requests ?? 0
    }

    /// Whether the page need not be asked for.
    func hasRecorded(_ position: PagePosition, walk: Int) -> Bool {
        walk == 1 && recorded.last?.note.number == position.number
    }

    func takeRecorded(_ position: PagePosition, walk: Int) -> Page? {
        guard hasRecorded(position, walk: walk), let page = recorded.popLast() else { return nil }
        return page.note.page(page.entries)
    }

    /// Whether a page shows that the shard is no longer what the recorded pages are of. Asked once: whatever moves later
    /// the walker sees itself.
    func hasMoved(_ page: Page, walk: Int) -> Bool {
        defer { recordedTotal = nil }
        // A page without records may leave its total out.
        guard walk == 1, let recordedTotal, page.total != nil || !page.records.entries.isEmpty else { return false }
        return page.total != recordedTotal
    }

    var lease: Lease { held.lease }
    var shard: Shard { held.lease.shard }
}

/// What ends a walk, or a part of one, from within.
enum Interruption: Error {
    case lost
    case drained
    /// The run was cancelled by an operator.
    case cancelled
    /// The walk cannot go on with this page size.
    case pageTooLarge(FailureDetail)
    case pageSizeRefused(FailureDetail)
    case tooDeep(FailureDetail)
    case cursorRefused(FailureDetail)
    /// The shard is no longer what an earlier attempt left its first pages of.
    case moved
    case failed(FetchFailure)
}
