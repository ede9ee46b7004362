import Testing
import TrawlCore

@testable import TrawlDashboard
@testable import TrawlView

struct ShardWindowTests {
    private let week = Interval(from: start, to: start + 168 * hour)!
    private let shards = (0..<168).map { view($0, $0 < 100 ? .done : $0 == 130 ? .dead : .pending) }

    private func cells(_ window: ShardWindow) -> [JSONValue] {
        if case .array(let cells)? = window.json["cells"] { cells } else { [] }
    }

    @Test func `few shards are shown one by one, all that reach into the window`() {
        let interval = Interval(from: start + hour / 2, to: start + 5 * hour / 2)!
        let window = ShardWindow(shards, of: interval, most: 3)
        guard case .array(let shown)? = window.json["shards"] else {
            Issue.record("no single shards")
            return
        }
        #expect(shown.map { $0["shard"]?.string } == (0..<3).map { shards[$0].id.text })
        #expect(window.json["count"] == .integer(3))
    }

    @Test func `many shards become cells of whole steps, each shard counted once`() {
        let cells = cells(ShardWindow(shards, of: week, most: 20))
        // Twelve hours: 14 of them, and six hours would be 28.
        #expect(cells.count == 14)
        #expect(cells[0]["from"]?.string == "2024-01-01T00:00:00.000Z")
        #expect(cells[0]["to"]?.string == "2024-01-01T12:00:00.000Z")
        var sum: [String: Int] = [:]
        for cell in cells {
            guard case .object(let states)? = cell["shards"] else { continue }
            for (state, count) in states { sum[state, default: 0] += count.integer ?? 0 }
        }
        #expect(sum == ["done": 100, "dead": 1, "pending": 67])
        #expect(cells[8]["shares"]?["done"] == .number(0.333))
        #expect(cells[10]["state"]?.string == "dead")
    }

    @Test func `a cell at the run's end tells of what is in the run`() {
        // It begins at 06:00, in the middle of the first cell.
        let late = (6..<168).map { view($0, .done) }
        let cells = cells(ShardWindow(late, of: Interval(from: start + 6 * hour, to: week.to)!, most: 20))
        #expect(cells.first?["shares"]?["done"] == .number(1))
        #expect(cells.first?["shards"]?["done"] == .integer(6))
    }

    @Test func `cells stay where they are as the window moves`() {
        let later = Interval(from: week.from + 7 * hour, to: week.to + 7 * hour)!
        let bounds = Set(cells(ShardWindow(shards, of: week, most: 20)).map { $0["from"] })
        let moved = cells(ShardWindow(shards, of: later, most: 20)).map { $0["from"] }
        #expect(bounds.isSuperset(of: moved))
    }

    @Test(
        arguments: [1, 60_000, 3_600_000, 86_400_000, 31 * 86_400_000, 1096 * 86_400_000, 100 * 366 * 86_400_000]
            as [Int64])
    func `the step is the shortest that fits, and there always is one`(length: Int64) {
        for most: Int64 in [1, 2, 20, 240, 2000] {
            let step = ShardWindow.step(for: length, most: most)
            #expect((length + step - 1) / step + 1 <= max(2, most), "\(length) in \(most)")
        }
    }

    @Test func `a window beside the run is empty`() {
        let window = ShardWindow(shards, of: Interval(from: week.to + hour, to: week.to + 2 * hour)!, most: 10)
        #expect(window.json["count"] == .integer(0))
        #expect(window.json["shards"] == .array([]))
    }
}
