/// Every Redis key Trawl uses is spelled here and nowhere else. `docs/redis-keys.md` tells the same to people.
///
/// Keys of one run share the hash tag `{run}`, so they lie on one node of a cluster and one script may touch them all.
package enum Keys {
    /// Hash: run → store of the run. Written when a run is installed, until it is complete or forgotten.
    package static let runs = "trawl:runs"

    /// String that lives a second: written to see whether Redis takes anything.
    package static let probe = "trawl:probe"

    /// Sorted set: worker → when it was last seen, in ms of Redis's clock. Written by each worker's report; entries go
    /// when the worker leaves or was silent for long.
    package static let workers = "trawl:workers"

    /// Hash of one worker's particulars. Written and expired together with its entry in ``workers``: the tag is that
    /// key's whole name, so both hash to the same slot.
    package static func worker(_ name: String) -> String { "{\(workers)}:\(name)" }

    /// Hash of one credential's limiter. Written by every reservation; expires a day after the last one.
    package static func limiter(_ name: String) -> String { limiterPrefix + name + limiterSuffix }

    /// What stands before and after a limiter's name in its key.
    static let (limiterPrefix, limiterSuffix) = ("trawl:limit:{", "}")
}

/// The keys of one run. All are written by the run's scripts alone, made anew by each installation, and expire some
/// time after the run is complete.
package struct RunKeys: Hashable, Sendable {
    package let run: String

    /// - Throws: ``QueueError/badName(_:)`` unless the name is 1 to 128 letters, digits, dots, dashes and underscores.
    ///   Braces would move the run's keys to several slots, and line breaks would forge log lines.
    package init(run: String) throws(QueueError) {
        guard isPlainName(run) else { throw .badName(run) }
        self.run = run
    }

    /// Hash: epoch, incarnation, state, halt, store, times and counters.
    package var meta: String { key("meta") }
    /// List: children of splits that wait, next first. They go before the roots: what is begun is ended first.
    package var pendingChildren: String { key("pending:0") }
    /// List: root shards that wait, next first.
    package var pendingRoots: String { key("pending:1") }
    /// Sorted set: shard → lease deadline in ms of Redis's clock.
    package var leases: String { key("leases") }
    /// Hash: leased shard → token.
    package var tokens: String { key("tokens") }
    /// Hash: leased shard → worker.
    package var owners: String { key("owners") }
    /// Hash: unfinished shard → failed tries, where there were any.
    package var attempts: String { key("attempts") }
    /// Hash: unfinished shard → workers that died holding it, where there were any.
    package var reclaims: String { key("reclaims") }
    /// Hash: unfinished shard → hits of its parent, empty for a root. The bounds are the shard's name.
    package var payloads: String { key("payload") }
    /// Sorted set: failed shard → when it may be claimed again, in ms of Redis's clock.
    package var delayed: String { key("delayed") }
    /// Sorted set: shard that gave up → when, in ms of Redis's clock. The reason is in the store.
    package var dead: String { key("dead") }
    /// Hash: shard → pending, leased, delayed, dead or done. Finished shards stay, so that none is pushed again.
    package var states: String { key("states") }
    /// Hash: unfinished shard → the job submitted for it, where the endpoint answers by jobs.
    package var jobs: String { key("jobs") }
    /// Hash: those of ``delayed`` whose data is not complete yet → the instant up to which it is.
    package var waiting: String { key("waiting") }
    /// Stream, capped: what happened to run and shards, for the dashboard. Survives a new installation.
    package var events: String { key("events") }

    /// What every script of a run declares, in the order its head (`run.lua`) names them.
    package var all: [String] {
        [
            meta, pendingChildren, pendingRoots, leases, tokens, owners, attempts, reclaims, payloads, delayed, dead,
            states, jobs, waiting, events,
        ]
    }

    /// String: what one claim request was given, for a caller whose reply was lost. Written by that claim, lives one
    /// lease.
    package func claim(_ request: String) -> String { key("claim:\(request)") }

    /// The four keys an installation fills before it swaps them in: children, roots, payloads, states. They expire by
    /// themselves when the installer dies.
    package func staged(_ incarnation: String) -> [String] {
        ["pending:0", "pending:1", "payload", "states"].map { key("staged:\(incarnation):\($0)") }
    }

    /// What stands before and after a run's name in the key ``meta``.
    static let (metaPrefix, metaSuffix) = ("trawl:{", "}:meta")

    private func key(_ suffix: String) -> String { "trawl:{\(run)}:\(suffix)" }
}

/// Whether a name may stand inside a key.
func isPlainName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
        && name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar || ".-_".unicodeScalars.contains(scalar))
        }
}
