import TrawlCore
import TrawlStore

@testable import TrawlQueue
@testable import TrawlView

/// A run that is nowhere: eight shards of six hours in every state, two workers, a limiter.
enum SampleRun {
    static let start = Instant("2024-01-01T00:00:00Z")!

    /// One of the six-hour shards.
    static func shard(_ index: Int) -> Shard {
        Shard(Interval(from: start + Int64(index) * 21_600_000, to: start + Int64(index + 1) * 21_600_000)!)
    }

    private static let death = DeadMarker(
        cause: .attempts, reason: "HTTP 500", attempts: 8, reclaims: 0, requests: 8)

    private static func outcome(_ verdict: Verdict, records: Int) -> Outcome {
        let file = FileReference(path: "parts/none", bytes: 0, sha256: "")
        let proof = WalkProof(
            verdict: verdict, end: .shortPage, firstHits: records, lastHits: records, records: records,
            distinct: records, rejected: 0, pages: 2, walks: 1, repeatedPages: 0)
        return .part(
            PartOutcome(
                token: LeaseToken("1:1:a"), part: file, index: file, lines: records, lineBytes: 70, requests: 20,
                proof: proof))
    }

    static func ledger(_ plan: Plan) throws -> Ledger {
        try Ledger(
            plan: plan,
            outcome: { id in
                switch id {
                case shard(0).id, shard(1).id: outcome(.proven, records: 1500)
                case shard(2).id: outcome(.drifted, records: 700)
                default: nil
                }
            },
            dead: { [shard(5).id, shard(6).id].contains($0) ? death : nil },
            skip: { $0 == shard(6).id ? SkipMarker(reason: "not needed", at: start) : nil })
    }

    static func view() throws -> RunView {
        let request = PlanRequest(interval: Interval(from: start, to: start + 8 * 21_600_000)!)
        let plan = Plan(
            run: "20240101-20240103-k3x9q2", request: request, roots: (0..<8).map { shard($0).id }, apiURL: "",
            loginURL: "", hash: "")
        let now = start + 3_600_000
        var first = WorkerReport(name: "vm.7.worker-1", host: "vm", pid: 8, version: "1", slots: 2, shards: 1)
        var fetching = ShardActivity(shard: shard(3).id, token: LeaseToken("1:4:b"))
        fetching.phase = .requesting
        (fetching.pages, fetching.records, fetching.hits, fetching.throttled) = (2, 200, 1150, 1)
        first.activities = [fetching]
        first.seenAt = now + -1000
        var second = WorkerReport(name: "vm.7.worker-2", host: "vm", pid: 9, version: "1", slots: 2)
        second.seenAt = now + -34_000
        var leased = ShardView(shard(3), .leased)
        leased.activity = fetching
        var dead = ShardView(shard(5), .dead)
        dead.death = death
        var view = RunView(
            plan: plan, store: "/data/january", ledger: try ledger(plan), hasSuccess: false,
            shards: [
                ShardView(shard(0), .done), ShardView(shard(1), .done), ShardView(shard(2), .unproven), leased,
                ShardView(shard(4), .delayed), dead, ShardView(shard(6), .skipped),
                ShardView(shard(7), .pending),
            ], workers: [first, second],
            events: [
                RunEvent(id: "2-0", time: now, kind: "dead", subject: shard(5).id.text, detail: "attempts"),
                RunEvent(
                    id: "1-0", time: now + -60_000, kind: "reclaimed", subject: shard(3).id.text, detail: "1"),
            ])
        var progress = Progress()
        (progress.requests, progress.records, progress.throttled, progress.failures) = (1234, 3900, 2, 3)
        view.schedule = RunSnapshot(
            now: now, epoch: 1, isForeign: false, state: .running, store: "/data/january", installedAt: start,
            pending: 1, pendingChildren: 0, leased: 1, delayed: 1, waiting: 0, dead: 1, done: 3, splits: 0,
            progress: progress, granted: 0, held: ["vm.7.worker-1": 1])
        view.limiter = RunView.LimiterView(
            name: "l", snapshot: LimiterSnapshot(reserved: 9, throttled: 2, ahead: .zero, gate: .zero),
            quotaPerSecond: 4.95, utilisation: 0.7)
        (view.requestsPerSecond, view.recordsPerSecond) = (3.465, 312.4)
        view.shortfall = .fewShards
        view.estimate = Estimate(expected: 722, range: 541...903)
        return view
    }
}
