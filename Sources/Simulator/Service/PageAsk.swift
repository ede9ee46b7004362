/// A page as an endpoint was asked for it, and how that endpoint writes it.
struct PageAsk: Sendable {
    let endpoint: Endpoint
    let search: ConversationSearch
    let selection: Selection
    /// Which of the matches are on the page.
    let matches: Range<Int>
    let pageSize: Int
    /// Counted from 1, also where the endpoint does not count pages.
    let pageNumber: Int
    /// Whether there is a page after this one that the answer may tell of.
    var mayContinue = true
    /// The job whose results these are.
    var job: String?
    /// Spells the page around its records.
    let form: @Sendable (PageFigures) -> PageForm

    /// The page that starts at a match.
    init(
        _ endpoint: Endpoint, _ search: ConversationSearch, _ selection: Selection, from first: Int, size: Int,
        form: @escaping @Sendable (PageFigures) -> PageForm
    ) {
        self.endpoint = endpoint
        self.search = search
        self.selection = selection
        self.form = form
        pageSize = size
        pageNumber = first / size + 1
        let first = min(first, selection.count)
        matches = first..<min(selection.count, first + size)
    }

    /// What the page tells of the whole when nothing is wrong.
    var figures: PageFigures {
        let pages = (selection.count + pageSize - 1) / pageSize
        return PageFigures(
            total: selection.count, pageCount: pages, announcedPageCount: pages,
            next: mayContinue && matches.upperBound < selection.count ? matches.upperBound : nil)
    }

    /// Equal for asks that are answered with the same bytes.
    var key: String { "\(endpoint.rawValue) \(search.key) \(pageSize) \(pageNumber) \(mayContinue) \(job ?? "")" }

    /// The positions in the population of the records on the page, or so many further on.
    func positions(shiftedBy shift: Int = 0) -> [Int] {
        let last = max(0, min(selection.count, matches.upperBound + shift))
        return (max(0, min(last, matches.lowerBound + shift))..<last).map { selection[$0] }
    }
}

/// What a page tells of the whole; faults change it.
struct PageFigures: Sendable {
    var total: Int
    /// In the body.
    var pageCount: Int
    /// In the header.
    var announcedPageCount: Int
    /// The match that the next page starts with; nil on the last page.
    var next: Int?
}

/// What surrounds the records of a page.
struct PageForm: Sendable {
    let recordsKey: String
    /// Members before and after the records, each `"name":value`.
    var before: [String] = []
    var after: [String] = []
    var headers: [(String, String)] = []
    /// Whether a page without records has an empty array instead of no such member.
    var showsEmpty = true
    /// Whether the records have the attributes of participants.
    var showsAttributes = false
}
