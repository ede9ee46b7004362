import Testing
import TrawlCore

@testable import TrawlQueue

@Suite struct RequestRateTests {
    @Test(arguments: [
        (1, 0), (2, 1), (3, 1), (4, 1), (5, 2), (60, 2), (200, 2), (201, 3), (300, 3), (1000, 10), (3001, 31),
    ])
    func `the margin is a hundredth, at least two, and leaves at least one`(limit: Int, margin: Int) throws {
        let rate = try #require(RequestRate(limit: limit, window: .seconds(60)))
        #expect(rate.margin == margin)
        #expect(rate.slots == Int64(limit - margin))
    }

    /// The server's worst case: the first of `limit + 1` requests is as late as allowed, the last one punctual.
    @Test(arguments: [1, 2, 3, 4, 5, 7, 60, 300, 999, 3000], ["1s", "700ms", "60s", "1d"])
    func `no lateness that is tolerated fits one request too many into a window`(limit: Int, window: String) throws {
        for margin in [nil, 0, 1, 2].filter({ $0 ?? 0 < limit }) {
            guard let window = DurationText.parse(window),
                let rate = RequestRate(limit: limit, window: window, margin: margin)
            else {
                Issue.record("no rate")
                return
            }
            #expect(rate.tolerance > 0)
            for first in Int64(0)..<50 {
                let last = first + Int64(limit)
                let distance = last * rate.pacedWindow / rate.slots - first * rate.pacedWindow / rate.slots
                #expect(distance - rate.tolerance >= window.wholeMicroseconds)
            }
        }
    }

    @Test func `a rate reads and prints`() throws {
        #expect(try #require(RequestRate("300/60s")).description == "300/60s")
        #expect(RequestRate("300/60s") == RequestRate("300/60s"))
    }

    @Test(arguments: [
        "", "300", "300/", "/60s", "0/60s", "-1/60s", "300/60", "300/0s", "300/60s/2", "3e2/60s", "5/40d",
    ])
    func `what is no rate is refused`(text: String) {
        #expect(RequestRate(text) == nil)
    }

    @Test(arguments: [-1, 5, 6])
    func `a margin that leaves nothing is refused`(margin: Int) {
        #expect(RequestRate(limit: 5, window: .seconds(1), margin: margin) == nil)
    }

    @Test func `a reservation is void exactly from the tolerance on, counted from the question`() {
        let asked = ContinuousClock.now
        func reservation(tolerance: Duration?) -> Reservation<ContinuousClock.Instant> {
            Reservation(
                slot: Slot(time: 1), wait: .milliseconds(10), generation: "1", tolerance: tolerance, asked: asked,
                answered: asked.advanced(by: .milliseconds(4)))
        }
        let strict = reservation(tolerance: .milliseconds(5))
        #expect(strict.opens == asked.advanced(by: .milliseconds(14)))
        let edge = asked.advanced(by: .milliseconds(10 + 5))
        #expect(strict.isVoid(at: edge))
        #expect(!strict.isVoid(at: edge.advanced(by: .microseconds(-1))))
        #expect(!reservation(tolerance: nil).isVoid(at: edge.advanced(by: .seconds(100))))
    }
}
