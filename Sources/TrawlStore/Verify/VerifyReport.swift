package import TrawlCore

/// What a check of a whole store found.
package struct VerifyReport: Hashable, Sendable, Codable {
    package enum Verdict: String, Hashable, Sendable, Codable {
        /// Everything is as it was written, and the result is complete.
        case verified
        /// Everything is as it was written; the run has no complete result (yet).
        case incomplete
        /// Everything is as it was written, but what was fetched does not prove to be all there is.
        case unproven
        /// Some file is damaged or missing, or the books do not balance.
        case damaged
    }

    /// One thing that is wrong.
    package struct Finding: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable {
            /// A file is not what it was, or the books do not balance.
            case damaged
            /// A shard, or a split with all its shards, did not prove complete.
            case unproven
        }

        /// What mends it.
        package enum Remedy: String, Hashable, Sendable, Codable {
            /// ``shards`` have to be fetched again.
            case fetch
            /// The parts are good: a new merge.
            case merge
            /// The last death of ``shards`` is forgotten, and they are tried once more.
            case retry
            /// Only a person can tell.
            case person
        }

        package var kind: Kind
        package var path: String
        package var what: String
        /// What to do about it.
        package var advice: String
        package var remedy: Remedy
        package var shards: [ShardID]
    }

    package internal(set) var findings: [Finding] = []
    /// Why the run does not count as complete, though nothing is damaged.
    package internal(set) var notes: [String] = []
    package internal(set) var files = 0
    package internal(set) var bytes = 0
    package internal(set) var lines = 0
    /// Records of the merged result, counted.
    package internal(set) var records = 0
    /// Distinct ids among them, counted.
    package internal(set) var distinct = 0
    /// Splits whose shards were held against their parents' hits.
    package internal(set) var splits = 0

    package var verdict: Verdict {
        if findings.contains(where: { $0.kind == .damaged }) { return .damaged }
        if !findings.isEmpty { return .unproven }
        return notes.isEmpty ? .verified : .incomplete
    }
}
