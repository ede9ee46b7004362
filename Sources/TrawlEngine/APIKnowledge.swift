import Guarded
import TrawlCore

/// What one worker has learnt of the API that holds for every shard of the run.
final class APIKnowledge: Sendable {
    private struct State {
        var pageSize = Int.max
        var availableTo: Instant?
        var askedAt: ContinuousClock.Instant?
    }

    private let state = Guarded(State())

    /// The largest page size not known to be refused.
    var pageSize: Int { state.with { $0.pageSize } }

    func refused(pageSize: Int, minimum: Int) {
        state.with { $0.pageSize = min($0.pageSize, max(minimum, (pageSize + 1) / 2)) }
    }

    /// Up to when data is complete at least: it never becomes less so.
    var availableTo: Instant? { state.with { $0.availableTo } }

    /// The same, if it was asked for a moment ago.
    var freshAvailableTo: Instant? {
        state.with { state in
            guard let asked = state.askedAt, asked.duration(to: .now) < .seconds(20) else { return nil }
            return state.availableTo
        }
    }

    func note(availableTo instant: Instant) {
        state.with { state in
            state.availableTo = max(state.availableTo ?? instant, instant)
            state.askedAt = .now
        }
    }
}
