/// The proof of a claim: `epoch:sequence:random`, of the epoch in which the shard was claimed.
///
/// The epoch outlives a wiped Redis, the random part a Redis that went back to an older snapshot.
package struct LeaseToken: Hashable, Sendable, CustomStringConvertible, Codable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }

    /// The token as a piece of a file name.
    package var fileName: String { text.replacing(":", with: "_") }

    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A worker's time-limited claim on a shard.
package struct Lease: Hashable, Sendable {
    package let shard: Shard
    package let token: LeaseToken
    /// Failed tries of this shard before this one.
    package let attempts: Int
    /// Workers that died holding this shard.
    package let reclaims: Int
    /// The job that was submitted for the shard, by this owner or one before.
    package var job: JobID?

    package init(shard: Shard, token: LeaseToken, attempts: Int, reclaims: Int, job: JobID? = nil) {
        self.shard = shard
        self.token = token
        self.attempts = attempts
        self.reclaims = reclaims
        self.job = job
    }
}
