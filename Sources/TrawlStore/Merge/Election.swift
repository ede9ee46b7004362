import TrawlCore

/// The first pass: reads the indexes alone, and decides for every line whether it is in the result.
///
/// Candidates are partitioned by the digest of their id, so that all versions of a record meet in one partition, and
/// one partition is in memory at a time.
final class Election {
    /// Filled by ``run(_:root:progress:)``.
    private(set) var map = BucketMap(bounds: [])
    let verdicts: VerdictLog
    private let rule: MatchRule
    private let sizes: MergeSizes
    private let partitions: SpillStreams
    private let partitionCount: Int

    init(lines: Int, rule: MatchRule, sizes: MergeSizes, scratch: String) {
        self.rule = rule
        self.sizes = sizes
        let needed = lines * MemoryLayout<Candidate>.stride
        if needed <= sizes.candidates {
            partitionCount = 1
            partitions = SpillStreams(count: 1, blockBytes: max(needed, 64), path: "\(scratch)/candidates")
        } else {
            // A partition and its table share the budget with what is still being written.
            partitionCount = needed / max(sizes.candidates / 2, 64) + 1
            partitions = SpillStreams(
                count: partitionCount, blockBytes: min(1 << 20, max(sizes.block, sizes.candidates / partitionCount)),
                path: "\(scratch)/candidates")
        }
        verdicts = VerdictLog(
            lines: lines, windowLines: sizes.verdictLines, blockBytes: sizes.block, path: "\(scratch)/verdicts")
    }

    func run(_ inputs: [MergeInput], root: String, progress: (Int) -> Void) throws(StoreError) {
        var sample = KeySample()
        for (shard, input) in inputs.enumerated() {
            try scan(input, shard: shard, root: root, sample: &sample)
            progress(shard + 1)
        }
        map = sample.map(bucketBytes: sizes.bucket)
        for partition in 0..<partitionCount { try decide(partition) }
    }

    private func scan(
        _ input: MergeInput, shard: Int, root: String, sample: inout KeySample
    ) throws(StoreError) {
        let index = try IndexReader("\(root)/\(input.outcome.index.path)")
        var ordinal = input.firstOrdinal
        let end = input.firstOrdinal + input.outcome.lines
        while try index.next() {
            let block = index.block
            guard ordinal + block.entries <= end else { throw lineCount(index, input) }
            let standing = input.standing(ofWalk: block.walk)
            let isSuperseded = standing == .superseded
            for position in 0..<block.entries {
                let entry = index.entry(position)
                if isSuperseded || !rule.isOutside(entry) {
                    if !isSuperseded, entry.rejection == nil {
                        sample.add(
                            SortKey(start: entry.start, idPrefix: entry.idPrefix), length: entry.length,
                            hash: entry.id.low)
                    }
                    let candidate = Candidate(
                        entry, fetched: block.fetched, ordinal: ordinal, shard: shard, walk: block.walk,
                        standing: standing)
                    try partitions.append(candidate, to: partition(of: candidate))
                }
                ordinal += 1
            }
        }
        guard ordinal == end else { throw lineCount(index, input) }
        try index.finish(input.outcome.index)
    }

    @inline(__always)
    private func partition(of candidate: Candidate) -> Int {
        Int(candidate.high.multipliedFullWidth(by: UInt64(partitionCount)).high)
    }

    private func lineCount(_ index: IndexReader, _ input: MergeInput) -> StoreError {
        .damaged(path: index.path, reason: "it does not describe the \(input.outcome.lines) lines of its outcome")
    }

    /// Open addressing over positions: 0 is free, otherwise the position of the best version so far, plus one.
    private func decide(_ partition: Int) throws(StoreError) {
        let memory = try partitions.take(partition)
        let candidates = memory.bytes.bindMemory(to: Candidate.self)
        guard !candidates.isEmpty else { return }
        var slots = 64
        while slots < candidates.count * 2 { slots *= 2 }
        let table = UnsafeMutablePointer<UInt32>.allocate(capacity: slots)
        table.initialize(repeating: 0, count: slots)
        defer { table.deallocate() }
        for (position, candidate) in candidates.enumerated() {
            let slot = Self.slot(of: candidate, in: table, slots, candidates)
            if table[slot] == 0 || candidate.beats(candidates[Int(table[slot]) - 1]) {
                table[slot] = UInt32(position + 1)
            }
        }
        for (position, candidate) in candidates.enumerated() {
            let best = Int(table[Self.slot(of: candidate, in: table, slots, candidates)]) - 1
            let winner = candidates[best]
            if best != position || candidate.isSuperseded {
                try verdicts.drop(
                    candidate.ordinal, candidate.reason(besides: winner),
                    keptShard: winner.isSuperseded ? nil : winner.shard)
            } else if !candidate.isRejected {
                map.note(SortKey(start: candidate.start, idPrefix: candidate.idPrefix), ordinal: candidate.ordinal)
            }
        }
    }

    @inline(__always)
    private static func slot(
        of candidate: Candidate, in table: UnsafeMutablePointer<UInt32>, _ slots: Int,
        _ candidates: UnsafeBufferPointer<Candidate>
    ) -> Int {
        var slot = Int(truncatingIfNeeded: candidate.low) & (slots - 1)
        while table[slot] != 0, !candidates[Int(table[slot]) - 1].isSameRecord(as: candidate) {
            slot = (slot + 1) & (slots - 1)
        }
        return slot
    }
}
