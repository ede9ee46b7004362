package import TrawlCore

/// What a merge made, and why it may be trusted: `manifest.json`.
package struct Manifest: Hashable, Sendable, Codable {
    package static let currentSchema = 1

    package enum Verdict: String, Hashable, Sendable, Codable {
        /// Every shard has a part whose walk is accepted, and no record was kept aside.
        case complete
        /// Some walk did not prove complete.
        case unproven
        /// Some record could not be merged.
        case rejected
        /// Some shard has no part.
        case gaps
    }

    package struct Duplicates: Hashable, Sendable, Codable {
        /// The kept version came with another shard.
        package var boundary = 0
        /// The kept version came with another walk of the shard, or the walk was superseded by a proven one.
        package var rewalk = 0
        /// The kept version came with the same walk.
        package var drift = 0

        package var all: Int { boundary + rewalk + drift }
    }

    package struct Totals: Hashable, Sendable, Codable {
        /// Lines of all parts. They are all accounted for below.
        package var lines = 0
        /// Distinct conversations in the result.
        package var records = 0
        package var duplicates = Duplicates()
        /// Lines left out because their conversation starts outside the run's interval.
        package var outside = 0
        /// Distinct records kept aside, and the lines that repeated one.
        package var rejected = 0
        package var rejectedAgain = 0
        /// Conversations of the result without an end.
        package var open = 0
        /// Conversations of the result whose id key stands more than once.
        package var repeatedID = 0
        /// Bytes of the result before compression, and on disk.
        package var lineBytes = 0
        package var bytes = 0
        /// API requests that outcomes and dead markers account for.
        package var requests = 0
    }

    package struct ShardProof: Hashable, Sendable, Codable {
        package var shard: ShardID
        package var proof: WalkProof
        /// SHA-256 of the part that was merged.
        package var sha256: String
        /// Lines of the part, and how many of them are in the result.
        package var lines: Int
        package var kept: Int
    }

    /// A shard without a part that the operator decided to go without.
    package struct Skipped: Hashable, Sendable, Codable {
        package var shard: ShardID
        /// Why it gave up, and why that was accepted.
        package var cause: DeadMarker.Cause
        package var failure: String
        package var reason: String
        package var at: Instant
    }

    package struct ShortSplit: Hashable, Sendable, Codable {
        package var shard: ShardID
        package var hits: Int
        package var distinct: Int
    }

    package struct Part: Hashable, Sendable, Codable {
        /// Relative to the store's root.
        package var path: String
        package var records: Int
        package var lineBytes: Int
        package var bytes: Int
        package var sha256: String

        package var file: FileReference { FileReference(path: path, bytes: bytes, sha256: sha256) }
    }

    package var schema = Manifest.currentSchema
    package var version: String
    package var run: String
    package var planHash: String
    package var interval: Interval
    package var timezone: String
    package var match: Match
    package var verdict: Verdict
    package var totals: Totals
    package var shards: [ShardProof]
    /// Shards without a part, the skipped ones included.
    package var gaps: [ShardID]
    /// Those of ``gaps`` that were skipped; absent where none was.
    package var skipped: [Skipped]?
    /// Shards that were cut, and whose pieces hold less than the API had counted; absent where there is none.
    package var shortSplits: [ShortSplit]?
    package var parts: [Part]
    /// `duplicates.ndjson`, `open-ids.ndjson`, `rejected.ndjson`.
    package var sideFiles: [FileReference]

    /// Whether these are the parts that were merged: not after one of them was fetched again.
    package func isMade(from ledger: Ledger) -> Bool {
        shards.elementsEqual(ledger.parts) { $0.shard == $1.shard.id && $0.sha256 == $1.outcome.part.sha256 }
    }

    /// Whether these are the decisions of the operator that hold now.
    package func hasSkips(of ledger: Ledger) -> Bool { (skipped ?? []) == Self.skips(of: ledger) }

    static func skips(of ledger: Ledger) -> [Skipped] {
        ledger.skipped.map { shard, marker, skip in
            Skipped(
                shard: shard.id, cause: marker.cause, failure: marker.reason, reason: skip.reason, at: skip.at)
        }
    }
}
