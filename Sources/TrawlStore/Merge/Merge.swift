package import TrawlCore

/// Turns the committed parts of a run into the deduplicated, sorted result.
///
/// For the same set of records and fetch times the merged files are the same to the byte, whatever the shards, the
/// order, the workers, or the compression of the parts. Memory is bounded at any size. Every part and index is checked
/// against its outcome on the way. The store is only changed at the end, and a crash at any point leaves one that
/// merges again.
package struct Merge: Sendable {
    private let store: DirectoryStore
    private let ledger: Ledger
    private let options: MergeOptions
    private let progress: (@Sendable (MergeProgress) -> Void)?

    package init(
        store: DirectoryStore, ledger: Ledger, options: MergeOptions = MergeOptions(),
        progress: (@Sendable (MergeProgress) -> Void)? = nil
    ) {
        self.store = store
        self.ledger = ledger
        self.options = options
        self.progress = progress
    }

    /// Blocks until the result stands. `_SUCCESS` is written for a complete verdict only.
    ///
    /// Throws ``IncompleteRun`` where shards have no part, are not skipped either, and gaps are not allowed;
    /// ``StoreError`` for damage, a full disk, and another merge at work.
    package func run() throws -> Manifest {
        guard ledger.isSettled || options.allowGaps else {
            throw IncompleteRun(owed: ledger.owed.count, dead: ledger.dead.count)
        }
        if let fault = ledger.tilingFaults(of: store.plan.interval).first {
            throw StoreError.damaged(path: "\(store.root)/out", reason: fault)
        }
        let lock = try DirectoryLock("\(store.root)/.merge-lock", holder: "trawl merge", directory: store.root)
        defer { withExtendedLifetime(lock) {} }
        let stage = MergeStage(root: store.root)
        try stage.begin()
        let manifest = try build(in: stage.path)
        try stage.publish(manifest)
        return manifest
    }

    private func build(in stage: String) throws -> Manifest {
        let inputs = inputs()
        let lines = inputs.reduce(0) { $0 + $1.outcome.lines }
        let rule = MatchRule(store.plan)
        guard let calendar = CalendarDays(timezone: store.plan.timezone) else {
            throw StoreError.damaged(
                path: "\(store.root)/plan.json", reason: "this system knows no time zone '\(store.plan.timezone)'")
        }
        let total = inputs.count
        let election = Election(lines: lines, rule: rule, sizes: options.sizes, scratch: stage)
        try election.run(inputs, root: store.root) { done in
            progress?(MergeProgress(phase: .index, done: done, total: total))
        }

        let pool = ChunkPool(size: options.sizes.chunk)
        let overflow = try ScratchFile("\(stage)/buckets")
        let duplicates = try SideFile("duplicates.ndjson", in: stage)
        let rejected = try SideFile("rejected.ndjson", in: stage)
        let openIDs = try SideFile("open-ids.ndjson", in: stage)
        let writer = try ResultThread(
            writer: ResultWriter(
                root: stage, calendar: calendar, compression: options.compression, sizes: options.sizes,
                openIDs: openIDs),
            sorter: BucketSorter(
                limit: options.sizes.largestSort, pool: pool, overflow: overflow.reader, runsPath: "\(stage)/runs"))
        let distribution = Distribution(
            inputs: inputs, root: store.root, rule: rule, election: election,
            buckets: BucketSet(
                count: election.map.count, budget: options.sizes.resident, pool: pool, scratch: overflow),
            ready: writer.ready, duplicates: duplicates, rejected: rejected)
        let reading = Result {
            try distribution.run { done in progress?(MergeProgress(phase: .lines, done: done, total: total)) }
        }
        let result = try writer.finish(after: reading)
        let short = try store.splitCounts(ledger) { leaves throws(StoreError) in try store.distinctIDs(of: leaves) }
            .filter(\.isShort).map { Manifest.ShortSplit(shard: $0.shard, hits: $0.hits, distinct: $0.distinct) }
        return manifest(
            inputs, distribution.totals, result, short: short,
            sideFiles: try [duplicates.close(), openIDs.close(), rejected.close()])
    }

    private func inputs() -> [MergeInput] {
        precondition(ledger.parts.count < Candidate.shardLimit, "a run has fewer shards than that")
        var ordinal = 0
        return ledger.parts.map { shard, outcome in
            defer { ordinal += outcome.lines }
            return MergeInput(shard: shard.id, outcome: outcome, firstOrdinal: ordinal)
        }
    }

    private func manifest(
        _ inputs: [MergeInput], _ counts: Distribution.Totals, _ result: ResultWriter,
        short: [Manifest.ShortSplit], sideFiles: [FileReference]
    ) -> Manifest {
        var totals = Manifest.Totals()
        totals.lines = inputs.reduce(0) { $0 + $1.outcome.lines }
        totals.records = result.parts.reduce(0) { $0 + $1.records }
        totals.duplicates = counts.duplicates
        totals.outside = counts.outside
        totals.rejected = counts.rejected
        totals.rejectedAgain = counts.rejectedAgain
        totals.open = result.open
        totals.repeatedID = result.repeatedID
        totals.lineBytes = result.parts.reduce(0) { $0 + $1.lineBytes }
        totals.bytes = result.parts.reduce(0) { $0 + $1.bytes }
        totals.requests = ledger.requests
        let verdict: Manifest.Verdict =
            if !ledger.isComplete {
                .gaps
            } else if totals.rejected > 0 {
                .rejected
            } else {
                ledger.unproven.isEmpty && short.isEmpty ? .complete : .unproven
            }
        let plan = store.plan
        let skipped = Manifest.skips(of: ledger)
        return Manifest(
            version: options.version, run: plan.run, planHash: plan.hash, interval: plan.interval,
            timezone: plan.timezone,
            match: plan.match, verdict: verdict, totals: totals,
            shards: inputs.enumerated().map { position, input in
                Manifest.ShardProof(
                    shard: input.shard, proof: input.outcome.proof, sha256: input.outcome.part.sha256,
                    lines: input.outcome.lines, kept: counts.kept[position])
            },
            gaps: ledger.gaps.map(\.id).sorted(), skipped: skipped.isEmpty ? nil : skipped,
            shortSplits: short.isEmpty ? nil : short, parts: result.parts, sideFiles: sideFiles)
    }
}
