import Metrics
import TrawlCore
import TrawlQueue
import TrawlView

extension RunMetrics.Reading {
    private static let states: [RunState] = [.running, .paused, .draining, .cancelled, .complete]

    /// What the schedules say.
    var runFamilies: [MetricFamily] {
        var info = MetricFamily("trawl_run_info", .gauge, "Always 1; the directory of the run's store is a label.")
        var state = MetricFamily("trawl_run_state", .gauge, "1 for the state that the run's schedule is in.")
        var halt = MetricFamily(
            "trawl_run_halt_code", .gauge,
            "The exit code of a run that was stopped before its end; none while it was not.")
        var shards = MetricFamily(
            "trawl_shards", .gauge,
            "Shards by state: pending wait in line, leased are being fetched, delayed wait for another try, dead gave up."
        )
        var splits = MetricFamily("trawl_run_splits_total", .counter, "Shards that were too large and were cut.")
        var oldest = MetricFamily(
            "trawl_oldest_pending_seconds", .gauge,
            "Since the run was scheduled, which is how long the shards have waited that had no turn yet; 0 when none waits."
        )
        var silence = MetricFamily(
            "trawl_run_silence_seconds", .gauge,
            "Since the latest page of the run arrived, or since it was scheduled, by Redis's clock.")
        for (run, snapshot) in runs {
            info.add(1, ["run": run, "store": snapshot.store])
            for each in Self.states { state.add(snapshot.state == each ? 1 : 0, ["run": run, "state": each.rawValue]) }
            if let code = snapshot.halt?.code { halt.add(Double(code), ["run": run]) }
            for (name, count) in [
                ("pending", snapshot.pending), ("leased", snapshot.leased), ("delayed", snapshot.delayed),
                ("dead", snapshot.dead), ("done", snapshot.done),
            ] { shards.add(Double(count), ["run": run, "state": name]) }
            splits.add(Double(snapshot.splits), ["run": run])
            oldest.add(snapshot.pending > 0 ? seconds(since: snapshot.installedAt, snapshot) : 0, ["run": run])
            let latest = max(snapshot.installedAt, snapshot.lastPageAt ?? snapshot.installedAt)
            silence.add(seconds(since: latest, snapshot), ["run": run])
        }
        return [info, state, halt, shards, splits, oldest, silence] + counters
    }

    private func seconds(since instant: Instant, _ snapshot: RunSnapshot) -> Double {
        max(0, Double(snapshot.now - instant) / 1000)
    }

    private static let counterHelp = [
        "requests": "Requests to the API, by all workers of the run.",
        "records": "Records of the pages that arrived, repeated ones included.",
        "bytes": "Bytes of the pages as they were received.",
        "throttled": "Requests that the API answered with 429.",
        "failures": "Requests that failed in another way.",
        "unreachable": "Of the failures, those where no connection could be made.",
        "pages": "Pages that arrived whole.",
        "answers": "Answers that were of use: pages, and what was said of jobs.",
    ]

    /// The sums of what all workers reported.
    private var counters: [MetricFamily] {
        Progress.counters.map { name, count in
            let metric = name == "bytes" ? "received_bytes" : name
            var family = MetricFamily("trawl_run_\(metric)_total", .counter, Self.counterHelp[name] ?? name)
            for (run, snapshot) in runs { family.add(Double(snapshot.progress[keyPath: count]), ["run": run]) }
            return family
        }
    }

    /// How much of the quota the runs use, and why not all.
    func shareFamilies(_ shares: [String: Double], _ causes: [String: Shortfall]) -> [MetricFamily] {
        var share = MetricFamily(
            "trawl_run_quota_ratio", .gauge, "Requests of the run as a share of what the limiter's rate allows.")
        var shortfall = MetricFamily(
            "trawl_limiter_shortfall", .gauge, "1 for the reason why a run with work left does not use its whole quota."
        )
        for (run, _) in runs {
            guard let used = shares[run] else { continue }
            share.add(used, ["run": run])
            for cause in Shortfall.causes {
                shortfall.add(causes[run]?.cause == cause ? 1 : 0, ["run": run, "cause": cause])
            }
        }
        return [share, shortfall]
    }

    /// `perSecond` is what all users of each limiter take.
    func limiterFamilies(_ perSecond: [String: Double]) -> [MetricFamily] {
        var rate = MetricFamily(
            "trawl_limiter_rate_limit", .gauge, "Requests a second that the limiter lets go; none without a rate.")
        var use = MetricFamily(
            "trawl_limiter_utilisation_ratio", .gauge,
            "Slots taken as a share of what the rate allows, by all who share it.")
        var slots = MetricFamily("trawl_limiter_slots_total", .counter, "Slots given out, unused ones included.")
        var throttled = MetricFamily("trawl_limiter_throttled_total", .counter, "Answers 429 that were reported.")
        var gate = MetricFamily(
            "trawl_limiter_gate_seconds", .gauge,
            "For how long nobody may send because of a 429; 0 while the gate is open.")
        for (name, snapshot) in limiters {
            if let limit = snapshot.slotsPerSecond {
                rate.add(limit, ["limiter": name])
                if let taken = perSecond[name] { use.add(taken / limit, ["limiter": name]) }
            }
            slots.add(Double(snapshot.reserved), ["limiter": name])
            throttled.add(Double(snapshot.throttled), ["limiter": name])
            gate.add(snapshot.gate.seconds, ["limiter": name])
        }
        return [rate, use, slots, throttled, gate]
    }

    var workerFamily: MetricFamily {
        var family = MetricFamily(
            "trawl_workers", .gauge, "Worker processes; a silent one has not reported for 10 seconds and more.")
        family.add(Double(alive.count), ["state": "alive"])
        family.add(Double(workers.count - alive.count), ["state": "silent"])
        return family
    }
}
