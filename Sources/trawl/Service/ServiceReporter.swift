import Glibc
import Synchronization
import TrawlCore
import TrawlEngine

/// Keeps the service manager informed: when the worker is ready, what it does, and that it is alive.
///
/// Alive is what gets somewhere: every loop of the service came round within the watchdog's time, every run's lease
/// keeper did, and no run has all its slots stuck. A timer of its own would go on beating for a worker that hangs. An
/// idle worker is alive: its loop looks for runs.
struct ServiceReporter: Sendable {
    private static let lookEvery = Duration.milliseconds(500)

    private let manager: ServiceManager
    private let slots: Int
    private let pulses: LoopPulses
    private let isDraining: @Sendable () -> Bool
    private let working: @Sendable () -> [Worker]

    /// - Parameter working: the workers of the runs that are being served.
    init(
        _ manager: ServiceManager, slots: Int, pulses: LoopPulses, isDraining: @escaping @Sendable () -> Bool,
        working: @escaping @Sendable () -> [Worker]
    ) {
        self.manager = manager
        self.slots = slots
        self.pulses = pulses
        self.isDraining = isDraining
        self.working = working
    }

    /// Reports until cancelled. Not ready until `isServing`.
    func run(isServing: @Sendable () -> Bool) async {
        var isReady = false
        var told = ""
        var lastBeat: ContinuousClock.Instant?
        let interval = manager.watchdog.map { $0 / 2 }
        let pause = interval.map { min(Self.lookEvery, $0 / 2) } ?? Self.lookEvery
        while !Task.isCancelled {
            if !isReady, isServing() { isReady = manager.tell("READY=1") }
            let workers = working()
            // A keeper that hangs does not answer: then nothing is said any more, which is what the watchdog is for.
            var shards = 0
            var isWell = true
            for worker in workers {
                let liveness = await worker.liveness
                shards += liveness.shards
                isWell = isWell && isAlive(liveness)
            }
            if isReady {
                let status = text(runs: workers.count, shards: shards)
                if status != told, manager.tell("STATUS=\(status)") { told = status }
            }
            if let interval, isReady, isWell, isTurning,
                lastBeat.map({ $0.duration(to: .now) >= interval - pause }) ?? true,
                manager.tell("WATCHDOG=1")
            {
                lastBeat = .now
            }
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: pause)
        }
    }

    private var isTurning: Bool { manager.watchdog.map { pulses.longestSilence < $0 } ?? true }

    private func isAlive(_ liveness: WorkerLiveness) -> Bool {
        guard let limit = manager.watchdog else { return true }
        return liveness.sinceTurn < limit && liveness.stuck < slots
    }

    private func text(runs: Int, shards: Int) -> String {
        let held = "\(Quantity.count(shards, "shard")) in hand"
        if isDraining() { return "draining: \(held)" }
        return runs == 0 ? "idle: no run to serve" : "serving \(Quantity.count(runs, "run")): \(held)"
    }
}
