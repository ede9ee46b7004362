import Testing

@testable import HTTP

struct ProgressWatchTests {
    private let start = ContinuousClock.now
    private let timeouts = HTTPTimeouts(noProgress: .seconds(8), total: .seconds(100))

    @Test func `silence ends a transfer after the limit and not before`() {
        var watch = ProgressWatch(timeouts, now: start)
        #expect(watch.check(bytesMoved: 5, now: start + .seconds(1)) == nil)
        #expect(watch.check(bytesMoved: 5, now: start + .seconds(8.9)) == nil)
        #expect(watch.check(bytesMoved: 5, now: start + .seconds(9)) == .noProgress)
    }

    @Test func `every move starts the wait again`() {
        var watch = ProgressWatch(timeouts, now: start)
        for second in 1...12 {
            #expect(watch.check(bytesMoved: second, now: start + .seconds(second * 7)) == nil)
        }
    }

    @Test func `silence before there is a connection is not counted`() {
        var watch = ProgressWatch(timeouts, now: start)
        #expect(watch.check(bytesMoved: nil, now: start + .seconds(50)) == nil)
        #expect(watch.check(bytesMoved: 0, now: start + .seconds(57)) == nil)
        #expect(watch.check(bytesMoved: 0, now: start + .seconds(58)) == .noProgress)
    }

    @Test func `the total limit wins over progress`() {
        var watch = ProgressWatch(timeouts, now: start)
        #expect(watch.check(bytesMoved: 1, now: start + .seconds(100)) == .total)
    }

    @Test func `checks come an eighth of the progress limit apart and never after a limit`() {
        var watch = ProgressWatch(timeouts, now: start)
        #expect(watch.nextCheck == start + .seconds(1))
        _ = watch.check(bytesMoved: 1, now: start + .seconds(99.5))
        #expect(watch.nextCheck == start + .seconds(100))
    }
}
