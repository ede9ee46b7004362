import TrawlCore
import TrawlEngine

/// Under a service manager, what is not there yet is waited for: at boot everything comes up at once, and a restart
/// every few seconds would use up the manager's patience. A person at a terminal is told at once.
struct StartPatience: Sendable {
    private let limit: Duration
    private let log: Log
    private let backoff = Backoff(base: .milliseconds(250), cap: .seconds(5))

    /// As long as a worker at work would wait: three leases.
    init(_ arguments: Arguments, manager: ServiceManager?, log: Log) throws {
        limit = manager == nil ? .zero : (try LeaseOption.duration(arguments) ?? WorkerOptions().lease) * 3
        self.log = log
    }

    /// Tries again what ended "incomplete but resumable", until the time is over. Any other failure passes.
    func awaiting<T: Sendable>(_ attempt: () async throws -> T) async throws -> T {
        let deadline = ContinuousClock.now + limit
        var tries = 0
        while true {
            do {
                return try await attempt()
            } catch let failure as Failure where failure.code == ExitCode.incomplete && ContinuousClock.now < deadline {
                tries += 1
                if tries == 1 { log.warning("\(failure.message); waiting for it") }
                try await Task.sleep(for: backoff.delay(after: tries))
            }
        }
    }
}

extension Duration {
    /// Whole ones, rounded down.
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
