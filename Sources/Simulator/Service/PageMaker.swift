import Guarded
import TrawlCore

/// Turns queries into the bytes of pages.
final class PageMaker: Sendable {
    private struct Cache: Sendable {
        var selections: [String: Selection] = [:]
        var pages: [String: [UInt8]] = [:]
        var pageBytes = 0
    }

    let population: Population
    private let options: SimulatorOptions
    private let cache = Guarded(Cache())

    // A selection can hold four bytes for each conversation, so only so many are kept.
    private static let keptSelections = 256

    init(population: Population, options: SimulatorOptions) {
        self.population = population
        self.options = options
    }

    /// The matches of a query; the same query again costs nothing.
    func selection(_ query: DetailsQuery) -> Selection {
        if let found = cache.with({ $0.selections[query.selectionKey] }) { return found }
        let selection = population.select(
            query.interval, rule: options.selection, endInclusive: options.endInclusive, order: query.order,
            filter: query.filter)
        cache.with {
            if $0.selections.count >= Self.keptSelections { $0.selections.removeAll() }
            $0.selections[query.selectionKey] = selection
        }
        return selection
    }

    /// The body of a page, from the cache where it is there. `make` renders it.
    func cached(_ key: String, make: () -> [UInt8]) -> [UInt8] {
        guard options.pageCacheBytes > 0 else { return make() }
        if let found = cache.with({ $0.pages[key] }) { return found }
        let page = make()
        guard page.count <= options.pageCacheBytes else { return page }
        cache.with {
            if $0.pageBytes + page.count > options.pageCacheBytes {
                $0.pages.removeAll()
                $0.pageBytes = 0
            }
            if $0.pages.updateValue(page, forKey: key) == nil { $0.pageBytes += page.count }
        }
        return page
    }

    /// The right answer to a query.
    func body(_ query: DetailsQuery) -> [UInt8] {
        let selection = selection(query)
        let matches = selection.page(size: query.pageSize, number: query.pageNumber)
        return body(matches.map { selection[$0] }, total: selection.count)
    }

    /// The page that holds the records at those positions of the population.
    func body(
        _ positions: [Int], total: Int, mutation: Fault.Mutation? = nil, emptyArray: Bool = false
    ) -> [UInt8] {
        var writer = RecordWriter()
        writer.raw("{")
        if !positions.isEmpty || emptyArray || options.emptyPageHasArray {
            let space: StaticString = mutation == .whitespace ? "\r\n\t " : ""
            writer.raw("\"conversations\":[")
            var mutated = false
            for (number, position) in positions.enumerated() {
                writer.raw(number == 0 ? "" : ",")
                writer.raw(space)
                let start = writer.bytes.count
                population.writeRecord(at: position, with: &writer)
                guard !mutated, let member = mutation?.removedMember else { continue }
                let record = Array(writer.bytes[start...])
                let changed = RecordSurgery.removing(member, from: record)
                mutated = changed.count != record.count
                writer.bytes.replaceSubrange(start..., with: changed)
            }
            writer.raw(space)
            writer.raw("],")
        }
        writer.number("\"totalHits\":", Int64(max(0, total)))
        writer.raw("}")
        return writer.bytes
    }
}

extension Fault.Mutation {
    /// The member that the first record having it loses.
    fileprivate var removedMember: String? {
        switch self {
        case .withoutID: "conversationId"
        case .reopen: "conversationEnd"
        case .dropRecord, .shift, .whitespace: nil
        }
    }
}
