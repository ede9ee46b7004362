import Guarded
import HTTPServer
import Metrics
import Redis
import TrawlCore
import TrawlStore

/// What `trawl run` and `trawl merge` tell those who watch them over HTTP: where `--listen` was given, and nobody else.
final class RunMonitor: Sendable {
    static let option = OptionSpec(
        "--listen", "[HOST:]PORT",
        "serve /metrics, /healthz and /readyz over HTTP while at work; a port alone (9464) is on this machine only")

    private struct State: Sendable {
        var run: String?
        var schedules: RunMetrics?
        var merge: MergeProgress?
    }

    private let state: Guarded<State>
    private let server: HTTPServer?

    /// A usage ``Failure`` for an address that cannot be listened on. Call ``stop()`` in the end.
    init(_ arguments: Arguments, log: Log) throws {
        let state = Guarded(State())
        self.state = state
        guard
            let address = try arguments.value(Self.option.name, expecting: ListenAddress.form, { ListenAddress($0) })
        else {
            server = nil
            return
        }
        ProcessMetrics.begin()
        let server = try MonitoringEndpoints(
            metrics: { await Self.text(state.with { $0 }) }, fault: { nil }, unready: { nil }
        ).serve(at: address)
        self.server = server
        log.info("metrics at http://\(ListenAddress(host: address.host, port: server.port))/metrics")
    }

    func stop() { server?.stop() }

    /// The run whose merge will be told of.
    func name(_ run: String) { state.with { $0.run = run } }

    /// The Redis that holds the schedule; nil when it is needed no more.
    func watch(_ redis: RedisClient?) { state.with { $0.schedules = redis.map { RunMetrics($0) } } }

    func note(_ progress: MergeProgress) { state.with { $0.merge = progress } }

    private static func text(_ state: State) async -> String {
        var families = await state.schedules?.families() ?? []
        if let run = state.run { families.append(merge(state.merge, of: run)) }
        return Exposition.text(families + ProcessMetrics.families)
    }

    static func merge(_ progress: MergeProgress?, of run: String) -> MetricFamily {
        var family = MetricFamily(
            "trawl_merge_progress_ratio", .gauge,
            "How much of a phase of the merge is done: the index first, then the lines.")
        for phase in MergeProgress.Phase.allCases {
            family.add(progress?.share(of: phase) ?? 0, ["run": run, "phase": phase.rawValue])
        }
        return family
    }
}

extension MergeProgress {
    /// From 0 to 1.
    fileprivate func share(of asked: Phase) -> Double {
        if asked == phase { return total == 0 ? 1 : Double(done) / Double(total) }
        return asked == .index ? 1 : 0
    }
}
