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
        let count = Int64(most)
        let bounds = (0...count).map { interval.from + interval.milliseconds * $0 / count }
        var index = shards.startIndex
        return zip(Strip.cells(Array(shards), of: interval, count: most), zip(bounds, bounds.dropFirst())).map { cell, ends in
            // How many begin in it: their sum is the window's count, but for one that reaches in from before.
            let first = index
            while index < shards.endIndex, shards[index].interval.from < ends.1 { index += 1 }
            var states: [String: JSONValue] = [:]
            for shard in shards[first..<index] {
                states[shard.state.rawValue] = .integer(Int64((states[shard.state.rawValue]?.integer ?? 0) + 1))
            }
            return .object([
                "from": .string(ends.0.rfc3339), "to": .string(ends.1.rfc3339), "state": .string(cell.state.rawValue),
                "shares": .object(
                    Dictionary(uniqueKeysWithValues: cell.shares.map { ($0.key.rawValue, .number(rounded($0.value))) })),
                "shards": .object(states),
            ])
        }
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
