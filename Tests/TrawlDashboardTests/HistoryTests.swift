import Testing
import TrawlCore

@testable import TrawlDashboard

struct HistoryTests {
    private func point(_ second: Int) -> History.Point {
        .init(at: start + Int64(second) * 1000, requestsPerSecond: Double(second), throttled: 0)
    }

    @Test func `the last five minutes are whole, what is older is thinned out, and after an hour gone`() {
        var history = History()
        for second in 0..<5000 { history.add(point(second)) }
        let ages = history.points.map { (start + 4999 * 1000 - $0.at) / 1000 }
        #expect(ages.filter { $0 <= 300 } == Array((0...300).reversed()))
        #expect(ages.first.map { (3595...3600).contains($0) } == true)
        let old = ages.filter { $0 > 300 }
        #expect(zip(old, old.dropFirst()).allSatisfy { $0 - $1 == 5 })
        #expect(history.points.count < 1000)
    }

    @Test func `looks that are far apart are all kept`() {
        var history = History()
        for second in stride(from: 0, to: 3000, by: 10) { history.add(point(second)) }
        #expect(history.points.count == 300)
    }

    @Test func `the same moment stands once, and a clock that goes back begins anew`() {
        var history = History()
        history.add(point(10))
        history.add(point(10))
        #expect(history.points.count == 1)
        history.add(point(3))
        #expect(history.points.map(\.at) == [start + 3000])
    }
}
