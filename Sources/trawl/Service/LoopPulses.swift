import Guarded

/// The loops of a worker process, each of which has to come round again and again for the process to be well.
final class LoopPulses: Sendable {
    private let turns = Guarded<[String: ContinuousClock.Instant]>([:])
    private let read = Guarded<ContinuousClock.Instant?>(nil)

    /// The loop of that name has come round.
    func turn(_ loop: String) { turns.with { $0[loop] = .now } }

    /// The loop has ended, or something else answers for it now.
    func rest(_ loop: String) { _ = turns.with { $0.removeValue(forKey: loop) } }

    /// A store is being read, which may keep a loop from coming round for long.
    func noteReading() { read.with { $0 = .now } }

    /// Since that was last said; nil before.
    var sinceReading: Duration? { read.with { $0.map { $0.duration(to: .now) } } }

    /// For how long the one that is most overdue has not come round.
    var longestSilence: Duration {
        turns.with { turns in turns.values.map { $0.duration(to: .now) }.max() ?? .zero }
    }
}
