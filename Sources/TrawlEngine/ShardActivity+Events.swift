import TrawlCore

extension ShardActivity {
    mutating func count(_ page: Page, walk: Int) {
        begin(walk: walk)
        pages += 1
        records += page.records.entries.count
        if let total = page.total { hits = total }
        if let id = page.correlationID { correlation = id }
    }

    /// What was counted of an earlier walk is not of this one.
    mutating func begin(walk: Int) {
        guard walk != self.walk else { return }
        self.walk = walk
        (pages, records, hits) = (0, 0, nil)
    }

    mutating func count(_ failure: FetchFailure) {
        if let id = failure.detail.correlationID { correlation = id }
        switch failure {
        // Waiting for other jobs is no failure.
        case .busy: return
        case .throttled: throttled += 1
        default: failures += 1
        }
        self.failure = failure.description
    }
}
