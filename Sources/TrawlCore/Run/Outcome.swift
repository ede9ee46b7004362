/// A file of the store, by its path relative to the store's root.
package struct FileReference: Hashable, Sendable, Codable {
    package var path: String
    package var bytes: Int
    /// Lower-case hex.
    package var sha256: String

    package init(path: String, bytes: Int, sha256: String) {
        self.path = path
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// The create-once record of what became of a shard. A shard never has more than one, so it is never counted twice.
package enum Outcome: Hashable, Sendable {
    case part(PartOutcome)
    case split(SplitOutcome)

    package var token: LeaseToken {
        switch self {
        case .part(let part): part.token
        case .split(let split): split.token
        }
    }
}

package struct PartOutcome: Hashable, Sendable, Codable {
    package var token: LeaseToken
    package var part: FileReference
    /// The part's index: one entry per line.
    package var index: FileReference
    /// Lines of the part, and their bytes before compression. Lines of walks before the last are included.
    package var lines: Int
    package var lineBytes: Int
    /// API requests this attempt made, failed ones included.
    package var requests: Int
    /// The latest slot of the part's pages: fetch times of later epochs come after it.
    package var lastSlot: Int64
    package var proof: WalkProof
    /// Absent in stores of earlier versions.
    package var troubles: Troubles?

    /// What it took, for people who ask why.
    package struct Troubles: Hashable, Sendable, Codable {
        /// Failed tries, and workers that died holding the shard, before this attempt.
        package var attempts = 0
        package var reclaims = 0
        /// Of this attempt's requests, those answered with 429 and those that failed otherwise.
        package var throttled = 0
        package var failures = 0
        /// What failed last, and the API's name for the last request that it answered.
        package var failure: String?
        package var correlation: String?

        package init(_ lease: Lease, _ activity: ShardActivity) {
            (attempts, reclaims) = (lease.attempts, lease.reclaims)
            (throttled, failures) = (activity.throttled, activity.failures)
            (failure, correlation) = (activity.failure, activity.correlation)
        }
    }

    package init(
        token: LeaseToken, part: FileReference, index: FileReference, lines: Int, lineBytes: Int, requests: Int,
        lastSlot: Int64 = 0, proof: WalkProof, troubles: Troubles? = nil
    ) {
        self.token = token
        self.part = part
        self.index = index
        self.lines = lines
        self.lineBytes = lineBytes
        self.requests = requests
        self.lastSlot = lastSlot
        self.proof = proof
        self.troubles = troubles
    }
}

package struct SplitOutcome: Hashable, Sendable, Codable {
    package var token: LeaseToken
    package var children: [ShardID]
    /// The hits that were too many.
    package var hits: Int
    package var requests: Int

    package init(token: LeaseToken, children: [ShardID], hits: Int, requests: Int) {
        self.token = token
        self.children = children
        self.hits = hits
        self.requests = requests
    }
}

extension Outcome: Codable {
    private enum CodingKeys: String, CodingKey {
        case part, split
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let part = try container.decodeIfPresent(PartOutcome.self, forKey: .part) {
            self = .part(part)
        } else {
            self = .split(try container.decode(SplitOutcome.self, forKey: .split))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .part(let part): try container.encode(part, forKey: .part)
        case .split(let split): try container.encode(split, forKey: .split)
        }
    }
}

/// Why a shard gave up: kept in the store, so that a wiped Redis does not bring a poison shard back.
package struct DeadMarker: Hashable, Sendable, Codable {
    package enum Cause: String, Hashable, Sendable, Codable {
        /// Too many failed tries.
        case attempts
        /// Too many workers died holding it.
        case reclaims
        /// The API refused the request.
        case refused
        /// More hits than the API pages through, in an interval that cannot be cut.
        case unsplittable
    }

    package var cause: Cause
    /// What failed last, in one line.
    package var reason: String
    package var attempts: Int
    package var reclaims: Int
    /// API requests of the attempt that gave up.
    package var requests: Int

    package init(cause: Cause, reason: String, attempts: Int, reclaims: Int, requests: Int) {
        self.cause = cause
        self.reason = reason
        self.attempts = attempts
        self.reclaims = reclaims
        self.requests = requests
    }

    /// The marker of a shard whose workers keep dying.
    package static func poisoned(_ lease: Lease) -> DeadMarker {
        DeadMarker(
            cause: .reclaims, reason: "\(lease.reclaims) workers died while fetching it", attempts: lease.attempts,
            reclaims: lease.reclaims, requests: 0)
    }
}
