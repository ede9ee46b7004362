import TrawlCore
import TrawlQueue
import TrawlView

/// How a run moved over the last hour: every look of the last minutes, one in five seconds before that.
struct History: Sendable {
    struct Point: Hashable, Sendable {
        var at: Instant
        var requestsPerSecond: Double?
        var recordsPerSecond: Double?
        var quotaPerSecond: Double?
        var shortfall: String?
        /// Requests answered with 429, since the run began.
        var throttled: Int

        var json: JSONValue {
            var members: [String: JSONValue] = [
                "at": .integer(at.milliseconds), "throttled": .integer(Int64(throttled)),
            ]
            members["requests"] = requestsPerSecond.map { .number($0) }
            members["records"] = recordsPerSecond.map { .number($0) }
            members["quota"] = quotaPerSecond.map { .number($0) }
            members["shortfall"] = shortfall.map { .string($0) }
            return .object(members)
        }
    }

    private(set) var points: [Point] = []
    /// Those before this index are thinned out.
    private var thinned = 0

    static let fineSpan = Duration.seconds(300)
    static let coarseStep = Duration.seconds(5)
    static let span = Duration.seconds(3600)

    /// A clock that went back, as another Redis has, begins anew.
    mutating func add(_ point: Point) {
        if let last = points.last, point.at < last.at { self = History() }
        if let last = points.last, point.at == last.at { return }
        points.append(point)
        let fine = point.at.milliseconds - Self.fineSpan.wholeMilliseconds
        while thinned < points.count, points[thinned].at.milliseconds < fine {
            if thinned > 0, points[thinned].at - points[thinned - 1].at < Self.coarseStep.wholeMilliseconds {
                points.remove(at: thinned)
            } else {
                thinned += 1
            }
        }
        let oldest = point.at.milliseconds - Self.span.wholeMilliseconds
        let gone = points.prefix { $0.at.milliseconds < oldest }.count
        points.removeFirst(gone)
        thinned = max(0, thinned - gone)
    }
}

extension History.Point {
    /// Nil for a run that no schedule stands of: nothing moves there.
    init?(_ view: RunView) {
        guard let schedule = view.schedule else { return nil }
        self.init(
            at: schedule.now, requestsPerSecond: view.requestsPerSecond, recordsPerSecond: view.recordsPerSecond,
            quotaPerSecond: view.limiter?.quotaPerSecond, shortfall: view.shortfall?.cause,
            throttled: schedule.progress.throttled)
    }
}
