/// What an attempt writes down of a page beside its records, so that a later attempt can go on after it.
package struct PageNote: Hashable, Sendable, Codable {
    /// 1-based, counted by the walk.
    package var number: Int
    package var walk: Int
    /// Records that were asked for.
    package var size: Int
    /// The page's slot.
    package var fetched: Int64
    package var total: Int?
    package var pageCount: Int?
    /// The bytes of the cursor that the page gave.
    package var cursor: [UInt8]?
    /// Milliseconds since 1970.
    package var availableTo: Int64?
    /// XXH3-128 of the body, in two halves.
    package var digest: [UInt64]
    /// The job whose result the page is.
    package var job: String?
    /// Requests of the attempt so far, those of the attempts that it goes on from included.
    package var requests: Int

    package init(
        _ page: Page, number: Int, walk: Int, size: Int, fetched: Slot, job: JobID? = nil, requests: Int
    ) {
        self.number = number
        self.walk = walk
        self.size = size
        self.fetched = fetched.time
        total = page.total
        pageCount = page.pageCount
        cursor = page.cursor?.bytes
        availableTo = page.availableTo?.milliseconds
        digest = [page.digest.high, page.digest.low]
        self.job = job?.text
        self.requests = requests
    }

    /// The page as a walker sees it, with entries but without lines.
    package func page(_ entries: [RecordEntry]) -> Page {
        Page(
            records: PageRecords(entries: entries), total: total, pageCount: pageCount, cursor: cursor.map(Cursor.init),
            availableTo: availableTo.map(Instant.init(milliseconds:)),
            digest: Digest128(high: digest.first ?? 0, low: digest.last ?? 0), wireBytes: 0)
    }
}

/// What an attempt that ended without an outcome left behind: the first pages of a shard, in the order of the walk.
package struct RecordedWalk: Sendable {
    package struct RecordedPage: Sendable {
        package let note: PageNote
        package let entries: [RecordEntry]

        package init(note: PageNote, entries: [RecordEntry]) {
            self.note = note
            self.entries = entries
        }
    }

    /// What the store calls the attempt.
    package let attempt: String
    /// At least one, all of the same walk and size.
    package let pages: [RecordedPage]

    package init(attempt: String, pages: [RecordedPage]) {
        self.attempt = attempt
        self.pages = pages
    }

    /// Whether a walk by `profile` can go on after these pages: the page that comes next must be able to show that it
    /// belongs to them. The total does, when it has not moved; or the job, which is the one `job` still.
    package func canBeContinued(by profile: EndpointProfile, job: JobID?) -> Bool {
        let notes = pages.map(\.note)
        guard let first = notes.first, first.walk == 1, notes.allSatisfy({ $0.walk == 1 && $0.size == first.size }),
            profile.paging.pageSize.bounds.contains(first.size)
        else { return false }
        if profile.paging.continuation.job != nil {
            return job != nil && notes.allSatisfy { $0.job == job?.text }
        }
        return first.total != nil && notes.allSatisfy { $0.total == first.total }
    }
}
