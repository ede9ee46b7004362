package import TrawlCore

/// A run's interval as a row of equal cells.
package enum Strip {
    /// One slice of the interval: how much of it is in which state, as shares that add up to 1.
    package struct Cell: Hashable, Sendable {
        package var shares: [ShardView.State: Double] = [:]

        /// The state to show where there is room for one: whatever needs an eye before whatever is under way, that before
        /// what waits, and what is done only where nothing else is.
        package var state: ShardView.State {
            Self.byUrgency.first { shares[$0, default: 0] > 0 } ?? .pending
        }

        /// Of the slice, what is fetched.
        package var done: Double { shares[.done, default: 0] + shares[.unproven, default: 0] }

        private static let byUrgency: [ShardView.State] = [
            .dead, .unproven, .delayed, .leased, .skipped, .pending, .done,
        ]
    }

    /// `count` cells for `interval`; shards may lie outside it, in part or whole.
    package static func cells(_ shards: [ShardView], of interval: Interval, count: Int) -> [Cell] {
        let count = max(1, count)
        var cells = Array(repeating: Cell(), count: count)
        let width = Double(interval.milliseconds) / Double(count)
        for shard in shards {
            let from = Double(max(shard.interval.from, interval.from) - interval.from) / width
            let to = Double(min(shard.interval.to, interval.to) - interval.from) / width
            guard from < to else { continue }
            for index in Int(from)...min(count - 1, Int(to)) {
                let share = min(to, Double(index + 1)) - max(from, Double(index))
                if share > 0 { cells[index].shares[shard.state, default: 0] += share }
            }
        }
        return cells
    }
}
