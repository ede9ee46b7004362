/// What a finished walk shows about its completeness.
package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
    /// As many distinct records as hits, and the total never moved.
    case proven
    /// The total moved during the walk; or, where the endpoint gives no total, records came twice and no two walks in a
    /// row held the same.
    case drifted
    /// The total stood still, but the pages did not hold that many distinct records; or, where the endpoint gives no
    /// total, the walk came to no end of its own because its pages went in circles, or one of them repeated the page
    /// before or gave one id to two conversations.
    case short
    /// The walk reached the API's depth before its end.
    case capped
    /// The walk ended as it should, but the endpoint gives no total to compare with.
    case unverifiable

    /// Whether the shard counts as complete.
    package var isAccepted: Bool { self == .proven || self == .unverifiable }
}

/// How a walk's end was recognised.
package enum WalkEnd: String, Hashable, Sendable, Codable {
    /// A page was not full and all hits had been seen.
    case shortPage
    /// A page had no records and all hits had been seen.
    case emptyPage
    /// A page had no records although hits were missing, and stayed so when asked again.
    case emptyPageRepeated
    /// Page after page brought nothing new, beyond what the total promised.
    case nothingNew
    /// A page gave no cursor for a next one.
    case noCursor
    /// A page gave a cursor that the walk had used before.
    case repeatedCursor
    /// The API did not take the cursor it had given.
    case refusedCursor
    /// The next page lies deeper than the API answers.
    case depth
}

/// The walk proof: kept in the shard's outcome.
package struct WalkProof: Hashable, Sendable, Codable {
    package var verdict: Verdict
    package var end: WalkEnd
    /// Totals of the first and the last page of the last walk.
    package var firstHits: Int?
    package var lastHits: Int?
    /// The page count of the last page that stated one. An estimate: the verdict does not depend on it.
    package var pageCount: Int?
    /// Records of the last walk: all, and distinct.
    package var records: Int
    package var distinct: Int
    /// Of the distinct ones, those that had to be kept aside.
    package var rejected: Int
    package var pages: Int
    /// Walks made, the last one included; the earlier ones drifted or fell short.
    package var walks: Int
    /// Pages of the last walk that repeated the page before, or brought no new record.
    package var repeatedPages: Int

    package init(
        verdict: Verdict, end: WalkEnd, firstHits: Int?, lastHits: Int?, pageCount: Int? = nil, records: Int,
        distinct: Int, rejected: Int, pages: Int, walks: Int, repeatedPages: Int
    ) {
        self.verdict = verdict
        self.end = end
        self.firstHits = firstHits
        self.lastHits = lastHits
        self.pageCount = pageCount
        self.records = records
        self.distinct = distinct
        self.rejected = rejected
        self.pages = pages
        self.walks = walks
        self.repeatedPages = repeatedPages
    }
}
