import TrawlCore
import TrawlView

/// What a timeline shows of one stretch of a run: single shards where they are few, equal cells where they are many.
struct ShardWindow: Sendable {
    var interval: Interval
    /// Those that reach into the interval, in order.
    private let shards: ArraySlice<ShardView>
    private let most: Int

    static let mostCells = 2000

    /// `most` is how many shards or cells there is room for.
    init(_ all: [ShardView], of interval: Interval, most: Int) {
        self.interval = interval
        self.most = max(1, min(most, Self.mostCells))
        // Leaves do not overlap and are in order, so those in the interval are neighbours.
        let from = all.partition { $0.interval.to > interval.from }
        let to = all.partition { $0.interval.from >= interval.to }
        shards = from < to ? all[from..<to] : []
    }

    var isWhole: Bool { shards.count <= most }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "from": .string(interval.from.rfc3339), "to": .string(interval.to.rfc3339),
            "count": .integer(Int64(shards.count)),
        ]
        if isWhole {
            members["shards"] = .array(shards.map(\.json))
        } else {
            members["cells"] = .array(cells)
        }
        return .object(members)
    }

    private var cells: [JSONValue] {
        let step = Self.step(for: interval.milliseconds, most: Int64(most))
        // Whole steps since 1970, so that cells have ends that people can read, and stay where they are as the window moves.
        let first = Self.floor(interval.from.milliseconds, step)
        let count = (interval.to.milliseconds - first + step - 1) / step
        let bounds = (0...count).map { Instant(milliseconds: first + $0 * step) }
        guard let last = bounds.last, let whole = Interval(from: bounds[0], to: last) else { return [] }
        var index = shards.startIndex
        let shown = zip(Strip.cells(Array(shards), of: whole, count: Int(count)), zip(bounds, bounds.dropFirst()))
        return shown.compactMap { cell, ends in
            // Those that begin in it: over all cells, each is counted once.
            let first = index
            while index < shards.endIndex, shards[index].interval.from < ends.1 { index += 1 }
            guard !cell.shares.isEmpty else { return nil }
            var states: [String: Int] = [:]
            for shard in shards[first..<index] { states[shard.state.rawValue, default: 0] += 1 }
            // Of what of the cell belongs to the run: its first and last may reach beyond it.
            let filled = cell.shares.values.reduce(0, +)
            let shares = cell.shares.map { ($0.key.rawValue, JSONValue.number(rounded($0.value / filled))) }
            return .object([
                "from": .string(ends.0.rfc3339), "to": .string(ends.1.rfc3339), "state": .string(cell.state.rawValue),
                "shares": .object(Dictionary(uniqueKeysWithValues: shares)),
                "shards": .object(states.mapValues { .integer(Int64($0)) }),
            ])
        }
    }

    /// The shortest of the usual steps that needs at most so many cells; beyond them, doubled as often as it takes.
    static func step(for length: Int64, most: Int64) -> Int64 {
        let (second, minute, hour, day): (Int64, Int64, Int64, Int64) = (1000, 60_000, 3_600_000, 86_400_000)
        let usual = [
            second, 5 * second, 15 * second, minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day,
            2 * day, 4 * day, 7 * day, 14 * day, 28 * day,
        ]
        // One more cell where the window does not begin with one.
        func fits(_ step: Int64) -> Bool { (length + step - 1) / step + 1 <= max(2, most) }
        if let step = usual.first(where: fits) { return step }
        var step = 56 * day
        while !fits(step) { step *= 2 }
        return step
    }

    private static func floor(_ value: Int64, _ step: Int64) -> Int64 {
        let rest = value % step
        return value - (rest < 0 ? rest + step : rest)
    }

    /// Three digits are more than a screen shows.
    private func rounded(_ share: Double) -> Double { (share * 1000).rounded() / 1000 }
}

extension [ShardView] {
    /// The first index for which `holds`, where all before it do not and all after it do.
    fileprivate func partition(_ holds: (ShardView) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
