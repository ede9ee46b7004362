package import TrawlCore

/// What has to be put aside so that the next run makes good what does not verify.
package struct RepairPlan: Hashable, Sendable, Codable {
    package struct Step: Hashable, Sendable, Codable {
        package var remedy: VerifyReport.Finding.Remedy
        /// Nil for the merged result.
        package var shard: ShardID?
        /// What is wrong, in one line.
        package var why: String
        /// Relative to the root, in the order in which they go: what makes the rest count goes last, so that a repair
        /// that is cut short is found and made again.
        package var files: [String]
    }

    package internal(set) var steps: [Step] = []
    /// What only a person can mend.
    package internal(set) var persons: [VerifyReport.Finding] = []

    package var shards: [ShardID] { steps.compactMap(\.shard) }

    /// The merged result is wrong, or will be.
    package var needsMerge: Bool { steps.contains { $0.shard == nil } }

    package var isEmpty: Bool { steps.isEmpty && persons.isEmpty }
}
