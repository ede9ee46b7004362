package struct MergeOptions: Sendable {
    /// How the merged files are kept.
    package var compression: Compression = .zstd
    /// Merge although some shards have no part and are not skipped. The result is labelled and never gets `_SUCCESS`.
    package var allowGaps = false
    /// The program's version, for the manifest.
    package var version = "0.1.0"
    package var sizes = MergeSizes()

    package init() {}
}

/// Sizes in bytes. `part` and `frame` shape the result; the others only bound memory and may be anything above zero.
package struct MergeSizes: Sendable {
    /// Lines of a merged file before the next one is begun, and of one zstd frame in it.
    package var part = 256 << 20
    package var frame = 4 << 20
    /// Index entries held while the winners are decided.
    package var candidates = 48 << 20
    /// Lines of the sorted result that belong together, as far as a sample can tell.
    package var bucket = 16 << 20
    /// Lines that wait in memory for the rest of their bucket.
    package var resident = 80 << 20
    /// A bucket that grew larger than this is sorted in pieces.
    package var largestSort = 48 << 20
    /// Lines of the verdict table that are in memory at once.
    package var verdictLines = 1 << 20
    /// The least that is written to a scratch file at once.
    package var block = 32 << 10
    /// What lines are collected in.
    package var chunk = 256 << 10

    package init() {}
}

package struct MergeProgress: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable, CaseIterable {
        /// Indexes are read and the winners decided.
        case index
        /// Lines are read, sorted and written.
        case lines
    }

    package var phase: Phase
    /// Parts done, and all.
    package var done: Int
    package var total: Int

    package init(phase: Phase, done: Int, total: Int) {
        self.phase = phase
        self.done = done
        self.total = total
    }
}

/// The merge of a run that still has shards without a part was refused.
package struct IncompleteRun: Error, Hashable, Sendable, CustomStringConvertible {
    package var owed: Int
    package var dead: Int

    package var description: String { "the run is incomplete: \(owed) shards are not fetched yet, \(dead) gave up" }
}
