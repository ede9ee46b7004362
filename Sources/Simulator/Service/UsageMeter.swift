/// Measures how a client uses its quota: per fixed window, and the worst stretch of the same length anywhere.
struct UsageMeter: Sendable {
    private let window: Int64
    private var recent: [Int64] = []
    private var first = 0

    private static let kept = 10_000

    init(window: Int64) {
        self.window = window
    }

    mutating func count(_ client: String, admitted: Bool, at now: Int64, in statistics: inout SimulatorStatistics) {
        recent.append(now)
        while recent[first] <= now - window { first += 1 }
        if first > 4096, first > recent.count / 2 {
            recent.removeFirst(first)
            first = 0
        }
        statistics.peak = max(statistics.peak, recent.count - first)

        let start = now / window * window / 1000
        let position: Int
        if let found = statistics.windows.lastIndex(where: {
            $0.start < start || $0.client == client && $0.start == start
        }),
            statistics.windows[found].start == start
        {
            position = found
        } else {
            if statistics.windows.count == Self.kept { statistics.windows.removeFirst(Self.kept / 2) }
            statistics.windows.append(SimulatorStatistics.Window(client: client, start: start))
            position = statistics.windows.count - 1
        }
        if admitted {
            statistics.windows[position].admitted += 1
        } else {
            statistics.windows[position].refused += 1
        }
    }
}
