import TrawlCore

/// All conversations of the imitated organisation, ordered by (start, bytes of the id).
struct Population: Sendable {
    private enum Source: Sendable {
        case generated(GeneratedPopulation)
        case fixture(Fixture)
    }

    private let source: Source
    private let starts: [Int64]
    private let ends: [Int64]
    /// The record that is as large as wanted, and how large that is.
    private let swollen: (position: Int, size: Int)?
    /// What a perfect extraction is asked for unless it says otherwise.
    let interval: Interval

    /// - Parameter swollen: how large one record in the middle is to be; nil for no such record.
    init(generated: GeneratedPopulation, interval: Interval, swollen: Int? = nil) {
        source = .generated(generated)
        self.swollen = swollen.map { (generated.starts.count / 2, $0) }
        starts = generated.starts
        ends = generated.ends
        self.interval = interval
    }

    /// The interval of a fixture is the UTC days from its first start to its last.
    init(fixture: Fixture) {
        source = .fixture(fixture)
        swollen = nil
        starts = fixture.records.map(\.start)
        ends = fixture.records.map { $0.end ?? .max }
        let first = Instant(milliseconds: starts.first ?? 0)
        let last = Instant(milliseconds: starts.last ?? 0)
        let day = Instant.millisecondsPerDay
        interval = Interval(
            from: first + -first.millisecondOfDay, to: last + (day - last.millisecondOfDay))!  // a day at least
    }

    var count: Int { starts.count }

    func start(at position: Int) -> Instant { Instant(milliseconds: starts[position]) }

    /// Appends the bytes of a record, one compact JSON object, to `writer.bytes`.
    func writeRecord(at position: Int, with writer: inout RecordWriter) {
        let start = writer.bytes.count
        switch source {
        case .generated(let population): writer.write(population.conversation(at: position), size: population.size)
        case .fixture(let fixture): writer.bytes += fixture.bytes[fixture.records[position].bytes]
        }
        guard let swollen, swollen.position == position else { return }
        writer.bytes.replaceSubrange(
            start..., with: RecordSurgery.swollen(Array(writer.bytes[start...]), to: swollen.size))
    }

    /// The text of the id as it stands in the record, without the quotes.
    func appendID(at position: Int, to bytes: inout [UInt8]) {
        switch source {
        case .generated(let population): population.conversation(at: position).id.append(to: &bytes)
        case .fixture(let fixture): bytes += fixture.records[position].id.utf8
        }
    }

    private func traits(at position: Int) -> Traits {
        switch source {
        case .generated(let population): Traits(population.conversation(at: position))
        case .fixture(let fixture): fixture.records[position].traits
        }
    }

    /// The matches of a query over `interval`. With `endInclusive` the instant `interval.to` belongs to it.
    func select(
        _ interval: Interval, rule: SelectionRule, endInclusive: Bool = false, order: QueryOrder = QueryOrder(),
        filter: QueryFilter = QueryFilter()
    ) -> Selection {
        let from = interval.from.milliseconds
        // The first millisecond that does not belong to the interval.
        let to = interval.to.milliseconds + (endInclusive ? 1 : 0)
        let firstDay = from - Instant(milliseconds: from).millisecondOfDay
        let last = Instant(milliseconds: to - 1)
        let dayAfter = last.milliseconds - last.millisecondOfDay + Instant.millisecondsPerDay
        let earlier: Range<Int>
        let within: Range<Int>
        switch rule {
        case .dayOverlap: (earlier, within) = (position(firstDay)..<position(from), position(from)..<position(to))
        case .wholeDay: (earlier, within) = (0..<0, position(firstDay)..<position(dayAfter))
        case .started: (earlier, within) = (0..<0, position(from)..<position(to))
        case .lifetime: (earlier, within) = (0..<position(from), position(from)..<position(to))
        }
        let stillGoingOn = earlier.lazy.filter { ends[$0] > from }
        if filter.isEmpty, order.isByStart {
            return Selection(
                scattered: stillGoingOn.map { Int32($0) }, range: within, backwards: order.direction == .desc)
        }
        var matches: [Int32] = []
        for position in [Array(stillGoingOn), Array(within)].joined()
        where filter.isEmpty || filter.matches(traits(at: position)) {
            matches.append(Int32(position))
        }
        switch (order.direction, order.isByStart) {
        case (.unordered, _): matches.sort { SplitMix.mixed(UInt64($0)) < SplitMix.mixed(UInt64($1)) }
        case (_, false): matches.sort { (ends[Int($0)], $0) < (ends[Int($1)], $1) }
        case (_, true): break
        }
        return Selection(scattered: matches, backwards: order.direction == .desc)
    }

    /// How many conversations start before `instant`.
    private func position(_ instant: Int64) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
