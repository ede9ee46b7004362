/// What a check of a whole store found.
package struct VerifyReport: Hashable, Sendable, Codable {
    package enum Verdict: String, Hashable, Sendable, Codable {
        /// Everything is as it was written, and the result is complete.
        case verified
        /// Everything is as it was written; the run has no complete result (yet).
        case incomplete
        /// Some file is damaged or missing, or the books do not balance.
        case damaged
    }

    package struct Finding: Hashable, Sendable, Codable {
        package var path: String
        package var what: String
        /// What to do about it.
        package var advice: String
    }

    package internal(set) var findings: [Finding] = []
    /// Why the run does not count as complete, though nothing is damaged.
    package internal(set) var notes: [String] = []
    package internal(set) var files = 0
    package internal(set) var bytes = 0
    package internal(set) var lines = 0
    /// Records of the merged result, counted.
    package internal(set) var records = 0

    package var verdict: Verdict {
        findings.isEmpty ? (notes.isEmpty ? .verified : .incomplete) : .damaged
    }
}
