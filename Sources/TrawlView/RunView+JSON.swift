package import TrawlCore
import TrawlQueue

/// What the dashboard's page and `--json` read. Instants are RFC 3339, durations seconds, shares 0 to 1; what is not known is
/// left out.
extension RunView {
    /// All but the shards themselves, which are asked for apart: there may be a hundred thousand.
    package var json: JSONValue {
        var members = totals
        members["workers"] = .array(workers.map { worker($0) })
        members["events"] = .array(events.map(Self.event))
        return .object(members)
    }

    /// The same without what is listed one by one: of the workers, only how many there are.
    package var summary: JSONValue {
        var members = totals
        let silent = workers.count { isSilent($0) }
        members["workersAtWork"] = .integer(Int64(workers.count - silent))
        members["workersSilent"] = .integer(Int64(silent))
        return .object(members)
    }

    private var totals: [String: JSONValue] {
        let counts = counts
        var members: [String: JSONValue] = [
            "run": .string(plan.run), "store": .string(store), "profile": .string(plan.profile.name),
            "from": .string(plan.interval.from.rfc3339), "to": .string(plan.interval.to.rfc3339),
            "shardSize": .string(plan.shardSize.description), "state": .string(state),
            "leaves": .integer(Int64(ledger.leaves)), "splits": .integer(Int64(ledger.splits)),
            "records": .integer(Int64(records)),
            "requests": .integer(Int64(schedule?.progress.requests ?? ledger.requests)),
            "shards": .object(
                Dictionary(
                    uniqueKeysWithValues: ShardView.State.allCases.map { state in
                        (state.rawValue, .integer(Int64(counts[state] ?? 0)))
                    })),
        ]
        if let schedule {
            members["now"] = .string(schedule.now.rfc3339)
            members["epoch"] = .integer(Int64(schedule.epoch))
            members["throttled"] = .integer(Int64(schedule.progress.throttled))
            members["failures"] = .integer(Int64(schedule.progress.failures))
            members["bytes"] = .integer(Int64(schedule.progress.bytes))
            members["pages"] = .integer(Int64(schedule.progress.pages))
            members["lastPageAt"] = schedule.lastPageAt.map { .string($0.rfc3339) }
            members["halt"] = schedule.halt.map {
                .object(["code": .integer(Int64($0.code)), "message": .string($0.message)])
            }
        }
        members["requestsPerSecond"] = requestsPerSecond.map { .number($0) }
        members["recordsPerSecond"] = recordsPerSecond.map { .number($0) }
        members["limiter"] = limiter.map(Self.limiter)
        members["shortfall"] = shortfall.map { .object(["cause": .string($0.cause), "text": .string($0.text)]) }
        members["estimate"] = estimate.map {
            .object([
                "expected": .number($0.expected), "least": .number($0.range.lowerBound),
                "most": .number($0.range.upperBound),
            ])
        }
        return members
    }

    /// What the run is doing, in one word: `complete`, `running`, `paused`, `cancelled`, `halted`, `dead`, `fetched`, `idle`.
    package var state: String {
        if hasSuccess, ledger.isComplete { return "complete" }
        if ledger.isSettled { return "fetched" }
        if schedule?.halt != nil { return "halted" }
        if ledger.owed.isEmpty { return "dead" }
        switch schedule?.state {
        case .running: return workers.contains { !isSilent($0) } ? "running" : "idle"
        case .paused: return "paused"
        case .cancelled: return "cancelled"
        case .draining, .complete, .stale, nil: return "idle"
        }
    }

    private func worker(_ worker: WorkerReport) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(worker.name), "host": .string(worker.host), "pid": .integer(Int64(worker.pid)),
            "version": .string(worker.version), "slots": .integer(Int64(worker.slots)),
            "shards": .integer(Int64(worker.shards)), "age": .number(worker.age.seconds),
            "silent": .bool(isSilent(worker)),
            "seen": .number(max(0, Double((schedule?.now ?? worker.seenAt) - worker.seenAt) / 1000)),
            "activities": .array(worker.activities.map(Self.activity)),
        ]
        for (name, count) in Progress.counters { members[name] = .integer(Int64(worker.progress[keyPath: count])) }
        return .object(members)
    }

    private static func event(_ event: RunEvent) -> JSONValue {
        .object([
            "time": .string(event.time.rfc3339), "kind": .string(event.kind), "subject": .string(event.subject),
            "detail": .string(event.detail),
        ])
    }

    private static func limiter(_ limiter: LimiterView) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(limiter.name), "throttled": .integer(Int64(limiter.snapshot.throttled)),
            "reserved": .integer(Int64(limiter.snapshot.reserved)), "gate": .number(limiter.snapshot.gate.seconds),
            "ahead": .number(limiter.snapshot.ahead.seconds),
        ]
        members["quotaPerSecond"] = limiter.quotaPerSecond.map { .number($0) }
        members["utilisation"] = limiter.utilisation.map { .number($0) }
        members["sharedUtilisation"] = limiter.sharedUtilisation.map { .number($0) }
        members["setRate"] = limiter.snapshot.setRate.map { .string($0.description) }
        return .object(members)
    }

    static func activity(_ activity: ShardActivity) -> JSONValue {
        var members: [String: JSONValue] = [
            "shard": .string(activity.shard.text), "phase": .string(activity.phase.rawValue),
            "walk": .integer(Int64(activity.walk)), "pages": .integer(Int64(activity.pages)),
            "records": .integer(Int64(activity.records)), "requests": .integer(Int64(activity.requests)),
            "throttled": .integer(Int64(activity.throttled)), "failures": .integer(Int64(activity.failures)),
        ]
        members["hits"] = activity.hits.map { .integer(Int64($0)) }
        members["correlation"] = activity.correlation.map { .string($0) }
        members["failure"] = activity.failure.map { .string($0) }
        return .object(members)
    }
}

extension ShardView {
    /// All that is known of one shard.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "shard": .string(id.text), "from": .string(interval.from.rfc3339), "to": .string(interval.to.rfc3339),
            "state": .string(state.rawValue), "attempts": .integer(Int64(attempts)),
            "reclaims": .integer(Int64(reclaims)),
        ]
        members["parentHits"] = parentHits.map { .integer(Int64($0)) }
        members["token"] = token.map { .string($0.text) }
        members["worker"] = worker.map { .string($0) }
        members["due"] = due.map { .string($0.rfc3339) }
        members["availableTo"] = availableTo.map { .string($0) }
        members["activity"] = activity.map(RunView.activity)
        members["outcome"] = outcome.map { outcome in
            var proof: [String: JSONValue] = [
                "verdict": .string(outcome.proof.verdict.rawValue), "end": .string(outcome.proof.end.rawValue),
                "records": .integer(Int64(outcome.proof.records)),
                "distinct": .integer(Int64(outcome.proof.distinct)), "pages": .integer(Int64(outcome.proof.pages)),
                "walks": .integer(Int64(outcome.proof.walks)), "requests": .integer(Int64(outcome.requests)),
                "part": .string(outcome.part.path), "bytes": .integer(Int64(outcome.part.bytes)),
            ]
            proof["firstHits"] = outcome.proof.firstHits.map { .integer(Int64($0)) }
            proof["lastHits"] = outcome.proof.lastHits.map { .integer(Int64($0)) }
            if let troubles = outcome.troubles {
                proof["throttled"] = .integer(Int64(troubles.throttled))
                proof["failures"] = .integer(Int64(troubles.failures))
                proof["failure"] = troubles.failure.map { .string($0) }
                proof["correlation"] = troubles.correlation.map { .string($0) }
            }
            return .object(proof)
        }
        members["death"] = death.map {
            .object(["cause": .string($0.cause.rawValue), "reason": .string($0.reason)])
        }
        members["skip"] = skip.map { .object(["reason": .string($0.reason), "at": .string($0.at.rfc3339)]) }
        return .object(members)
    }
}
