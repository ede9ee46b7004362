import Testing
import TrawlCore

@testable import TrawlView

struct StripTests {
    private let day = Interval(from: start, to: start + 24 * 3_600_000)!

    @Test func `every cell's shares add up to one where shards cover the interval`() {
        let shards = (0..<24).map { view($0, ShardView.State.allCases[$0 % 7]) }
        for count in [1, 5, 7, 24, 25, 100] {
            let cells = Strip.cells(shards, of: day, count: count)
            #expect(cells.count == count)
            for cell in cells { #expect(abs(cell.shares.values.reduce(0, +) - 1) < 1e-9) }
        }
    }

    @Test func `one dead hour shows in a strip of four cells, and what is done does not hide it`() {
        let shards = (0..<24).map { view($0, $0 == 7 ? .dead : .done) }
        let cells = Strip.cells(shards, of: day, count: 4)
        #expect(cells.map(\.state) == [.done, .dead, .done, .done])
        #expect(abs(cells[1].done - 5.0 / 6) < 1e-9)
    }

    @Test func `a shard that is larger than a cell fills all of them`() {
        let cells = Strip.cells([view(0, .done, hours: 12), view(12, .leased, hours: 12)], of: day, count: 6)
        #expect(cells.map(\.state) == [.done, .done, .done, .leased, .leased, .leased])
    }

    @Test func `zoomed into a part of the interval, only that part counts`() {
        let shards = (0..<24).map { view($0, $0 < 12 ? .done : .pending) }
        let part = Interval(from: start + 10 * 3_600_000, to: start + 14 * 3_600_000)!
        #expect(Strip.cells(shards, of: part, count: 4).map(\.state) == [.done, .done, .pending, .pending])
    }
}
