import HTTPServer
import TrawlCore

/// Reads requests in the dialects and says how each answers.
struct DialectReader {
    let options: SimulatorOptions
    let select: (ConversationSearch) -> Selection

    private static let numbers = 1...Int(Int32.max)

    /// The page asked for, and whether the request gave a page number together with a token.
    func ask(_ endpoint: Endpoint, _ request: HTTPServerRequest) throws(APIError) -> (ask: PageAsk, isMixed: Bool) {
        switch endpoint {
        case .cursorQuery: (try cursor(request), false)
        case .tokenQuery: try token(request)
        case .pagedQuery: (try paged(request), false)
        case .pageCountQuery: (try pageCount(request), false)
        case .summaryQueries: (try summary(request), false)
        default: preconditionFailure("\(endpoint) is no dialect")
        }
    }

    /// `nextPageCursor` in the query string, exactly as the page before had it.
    private func cursor(_ request: HTTPServerRequest) throws(APIError) -> PageAsk {
        let dialect = try DialectRequest(
            request, parameters: ["pageSize", "nextPageCursor"], endInclusive: true, options: options)
        guard dialect.members["nextPageCursor"] == nil else {
            throw .badRequest("nextPageCursor belongs in the query string.")
        }
        let size = try dialect.integer("pageSize", in: 1...100) ?? DetailsQuery.standardPageSize
        let binding = "\(dialect.search.key) \(size) \(options.seed)"
        let first = try dialect.query.raw("nextPageCursor").map { text throws(APIError) in
            try position(text, .cursor, binding)
        }
        let lastCursor = options.lastCursor
        return PageAsk(.cursorQuery, dialect.search, select(dialect.search), from: first ?? 0, size: size) { figures in
            let next = figures.next.map {
                Self.escaped(WalkPosition(offset: $0, bindingTo: binding).text(.cursor))
            }
            return PageForm(recordsKey: "conversations", after: Self.link("nextPageCursor", next, lastCursor))
        }
    }

    /// `nextPageToken` in the query string or the body, or `page`. Whoever sends both gets this page and no way on.
    private func token(_ request: HTTPServerRequest) throws(APIError) -> (ask: PageAsk, isMixed: Bool) {
        let dialect = try DialectRequest(
            request, parameters: ["pageSize", "page", "nextPageToken"], endInclusive: false, options: options)
        let size = try dialect.integer("pageSize", in: 1...100) ?? DetailsQuery.standardPageSize
        let page = try dialect.integer("page", in: Self.numbers)
        let binding = "\(dialect.search.key) \(size) \(options.seed)"
        var token = dialect.query.raw("nextPageToken")
        if token == nil, let value = dialect.members["nextPageToken"] { token = value.string ?? value.canonical }
        let first = try token.map { text throws(APIError) in try position(text, .token, binding) }
        let selection = select(dialect.search)
        // Counting pages by hand works for two pages and finds nothing after that.
        let counted = page.map { $0 <= 2 ? ($0 - 1) * size : selection.count }
        let lastCursor = options.lastCursor
        var ask = PageAsk(
            .tokenQuery, dialect.search, selection, from: first ?? counted ?? 0, size: size
        ) { figures in
            let next = figures.next.map {
                JSONValue.quoted(WalkPosition(offset: $0, bindingTo: binding).text(.token))
            }
            return PageForm(recordsKey: "entities", after: Self.link("nextPageToken", next, lastCursor))
        }
        let isMixed = page != nil && token != nil
        ask.mayContinue = !isMixed
        return (ask, isMixed)
    }

    /// `pageSize` and `pageNumber` in the query string, the number of pages in the body and a header.
    private func paged(_ request: HTTPServerRequest) throws(APIError) -> PageAsk {
        let dialect = try DialectRequest(
            request, parameters: ["pageSize", "pageNumber"], endInclusive: false, options: options)
        for name in ["pageSize", "pageNumber"] where dialect.members[name] != nil {
            throw .badRequest("\(name) belongs in the query string.")
        }
        let size = try dialect.integer("pageSize", in: 1...1000) ?? DetailsQuery.standardPageSize
        let number = try dialect.integer("pageNumber", in: Self.numbers) ?? 1
        return PageAsk(
            .pagedQuery, dialect.search, select(dialect.search), from: (number - 1) * size, size: size
        ) { figures in
            PageForm(
                recordsKey: "conversations", after: ["\"pageCount\":\(figures.pageCount)"],
                headers: [("X-Page-Count", String(figures.announcedPageCount))])
        }
    }

    /// A `paging` object in the body, and the same with the number of pages in the answer.
    private func pageCount(_ request: HTTPServerRequest) throws(APIError) -> PageAsk {
        let dialect = try DialectRequest(request, parameters: ["paging"], endInclusive: false, options: options)
        guard let paging = dialect.members["paging"], let size = paging["pageSize"]?.integer,
            let number = paging["pageNumber"]?.integer, (1...1000).contains(size), Self.numbers.contains(number)
        else { throw .badRequest("Invalid paging object", code: "constraint.validation") }
        return PageAsk(
            .pageCountQuery, dialect.search, select(dialect.search), from: (number - 1) * size, size: size
        ) { figures in
            PageForm(
                recordsKey: "data",
                before: [#""paging":{"pageSize":\#(size),"pageNumber":\#(number),"pageCount":\#(figures.pageCount)}"#])
        }
    }

    /// `pageSize` and `pageNumber` beside the dates; the header counts the pages, the body repeats it.
    private func summary(_ request: HTTPServerRequest) throws(APIError) -> PageAsk {
        let dialect = try DialectRequest(
            request, parameters: ["pageSize", "pageNumber", "page"], endInclusive: true, options: options)
        let size = try dialect.integer("pageSize", in: 1...250) ?? DetailsQuery.standardPageSize
        let name = dialect.query.raw("page") == nil ? "pageNumber" : "page"
        let number = try dialect.integer(name, in: Self.numbers) ?? 1
        return PageAsk(
            .summaryQueries, dialect.search, select(dialect.search), from: (number - 1) * size, size: size
        ) { figures in
            PageForm(
                recordsKey: "entities",
                after: ["\"pageSize\":\(size),\"pageNumber\":\(number),\"pageCount\":\(figures.pageCount)"],
                headers: [("X-Page-Count", String(figures.announcedPageCount))])
        }
    }

    private func position(
        _ text: String, _ spelling: WalkPosition.Spelling, _ binding: String
    ) throws(APIError) -> Int {
        guard let position = WalkPosition(text, spelling) else { throw .invalidCursor }
        guard position == WalkPosition(offset: position.offset, bindingTo: binding) else {
            throw .badRequest("invalid cursor: the interval, the filter and pageSize must not change during a walk")
        }
        return position.offset
    }

    /// The member that leads to the next page, or what stands there on the last one.
    private static func link(_ name: String, _ next: String?, _ last: LastCursor) -> [String] {
        switch (next, last) {
        case (let next?, _): ["\"\(name)\":\(next)"]
        case (nil, .absent): []
        case (nil, .null): ["\"\(name)\":null"]
        case (nil, .empty): ["\"\(name)\":\"\""]
        }
    }

    /// A JSON string that escapes more than it must: who takes its bytes for the text has another text.
    private static func escaped(_ text: String) -> String {
        JSONValue.quoted(text).replacing("/", with: "\\/").replacing("'", with: "\\u0027")
            .replacing("+", with: "\\u002B")
    }
}

/// What stands in place of the cursor on the last page.
package enum LastCursor: String, Sendable, CaseIterable {
    /// No such member.
    case absent
    case null
    /// An empty string.
    case empty
}
