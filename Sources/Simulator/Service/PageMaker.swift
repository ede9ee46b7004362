import TrawlCore

/// Turns searches into selections and selections into the bytes of pages.
final class PageMaker: Sendable {
    private struct Cache: Sendable {
        var selections: [String: Selection] = [:]
        var pages: [String: [UInt8]] = [:]
        var pageBytes = 0
    }

    let population: Population
    private let options: SimulatorOptions
    private let cache = Locked(Cache())

    // A selection can hold four bytes for each conversation, so only so many are kept.
    private static let keptSelections = 256

    init(population: Population, options: SimulatorOptions) {
        self.population = population
        self.options = options
    }

    /// The matches of a search; the same search again costs nothing.
    func selection(_ search: ConversationSearch) -> Selection {
        if let found = cache.withLock({ $0.selections[search.key] }) { return found }
        let selection = population.select(
            search.interval, rule: search.rule, endInclusive: options.endInclusive, order: search.order,
            filter: search.filter)
        cache.withLock {
            if $0.selections.count >= Self.keptSelections { $0.selections.removeAll() }
            $0.selections[search.key] = selection
        }
        return selection
    }

    /// The matches of a search that start before an instant, no more than so many.
    func selection(_ search: ConversationSearch, before end: Instant, limit: Int?) -> Selection {
        let all = selection(search)
        let isWhole = search.interval.to <= end && all.count <= limit ?? .max
        return isWhole ? all : all.first(limit ?? .max) { population.start(at: $0) < end }
    }

    /// The body of a page, from the cache where it is there. `make` renders it.
    func cached(_ key: String, make: () -> [UInt8]) -> [UInt8] {
        guard options.pageCacheBytes > 0 else { return make() }
        if let found = cache.withLock({ $0.pages[key] }) { return found }
        let page = make()
        guard page.count <= options.pageCacheBytes else { return page }
        cache.withLock {
            if $0.pageBytes + page.count > options.pageCacheBytes {
                $0.pages.removeAll()
                $0.pageBytes = 0
            }
            if $0.pages.updateValue(page, forKey: key) == nil { $0.pageBytes += page.count }
        }
        return page
    }

    /// The right answer.
    func body(_ ask: PageAsk) -> [UInt8] {
        body(ask.positions(), ask.form(ask.figures))
    }

    /// The page that holds the records at those positions of the population.
    ///
    /// - Parameters:
    ///   - showsEmpty: whether there is an array without records; nil for what the form says.
    ///   - change: what is done to the records before they are written.
    func body(
        _ positions: [Int], _ form: PageForm, showsEmpty: Bool? = nil, change: ((inout [[UInt8]]) -> Void)? = nil
    ) -> [UInt8] {
        var writer = RecordWriter()
        writer.writesAttributes = form.showsAttributes
        var separator: StaticString = "{"
        func member(_ text: String) {
            writer.raw(separator)
            writer.bytes += text.utf8
            separator = ","
        }
        for text in form.before { member(text) }
        if !positions.isEmpty || showsEmpty ?? form.showsEmpty {
            member("\"\(form.recordsKey)\":[")
            if let change {
                var records = positions.map { record(at: $0, showsAttributes: form.showsAttributes) }
                change(&records)
                writer.bytes += records.joined(separator: [UInt8(ascii: ",")])
            } else {
                for (number, position) in positions.enumerated() {
                    writer.raw(number == 0 ? "" : ",")
                    population.writeRecord(at: position, with: &writer)
                }
            }
            writer.raw("]")
        }
        for text in form.after { member(text) }
        if writer.bytes.isEmpty { writer.raw(separator) }
        writer.raw("}")
        return writer.bytes
    }

    private func record(at position: Int, showsAttributes: Bool) -> [UInt8] {
        var writer = RecordWriter()
        writer.writesAttributes = showsAttributes
        population.writeRecord(at: position, with: &writer)
        return writer.bytes
    }
}
