import Glibc
import Synchronization
import TrawlCore
import TrawlEngine

/// Keeps the service manager informed: when the worker is ready, what it does, and that it is alive.
///
/// It beats for the watchdog only while the worker is alive (``WorkerHealth``): a timer of its own would go on beating for
/// one that hangs.
struct ServiceReporter: Sendable {
    private static let lookEvery = Duration.milliseconds(500)

    private let manager: ServiceManager
    private let health: WorkerHealth
    private let isDraining: @Sendable () -> Bool
    private let working: @Sendable () -> [Worker]

    /// - Parameter working: the workers of the runs that are being served.
    init(
        _ manager: ServiceManager, health: WorkerHealth, isDraining: @escaping @Sendable () -> Bool,
        working: @escaping @Sendable () -> [Worker]
    ) {
        self.manager = manager
        self.health = health
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
            var livenesses: [WorkerLiveness] = []
            for worker in workers { livenesses.append(await worker.liveness) }
            if isReady {
                let status = text(runs: workers.count, shards: livenesses.reduce(0) { $0 + $1.shards })
                if status != told, manager.tell("STATUS=\(status)") { told = status }
            }
            if let interval, isReady, health.objection(livenesses, limit: interval * 2) == nil,
                lastBeat.map({ $0.duration(to: .now) >= interval - pause }) ?? true,
                manager.tell("WATCHDOG=1")
            {
                lastBeat = .now
            }
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: pause)
        }
    }

    private func text(runs: Int, shards: Int) -> String {
        let held = "\(Quantity.count(shards, "shard")) in hand"
        if isDraining() { return "draining: \(held)" }
        return runs == 0 ? "idle: no run to serve" : "serving \(Quantity.count(runs, "run")): \(held)"
    }
}
