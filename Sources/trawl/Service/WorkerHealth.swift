import TrawlCore
import TrawlEngine

/// What a worker process has to show to count as alive, for the service manager's watchdog and for `/healthz`.
///
/// Alive is what gets somewhere: every loop of the service came round, every run's lease keeper did, and no run has all
/// its slots stuck. An idle worker is alive: its loop looks for runs. So is one that reads a large store.
struct WorkerHealth: Sendable {
    let slots: Int
    let pulses: LoopPulses

    /// Why the process had better be started again: nothing of that came for `limit`. Nil while it is well.
    func objection(_ workers: [WorkerLiveness], limit: Duration) -> String? {
        if let reading = pulses.sinceReading, reading < limit { return nil }
        let silence = pulses.longestSilence
        if silence > limit { return "a loop of the worker hangs since \(DurationText.format(silence))" }
        for worker in workers {
            if worker.sinceTurn > limit {
                return "the leases were not looked after since \(DurationText.format(worker.sinceTurn))"
            }
            if worker.shards > 0, worker.stuck >= slots { return "no slot makes progress" }
        }
        return nil
    }
}
