import TrawlCore

/// A walk proof in words.
enum ProofText {
    /// `drifted, 361 records where the total went from 360 to 361, after 5 walks`
    static func describe(_ proof: WalkProof) -> String {
        let walks = Quantity.count(proof.walks, "walk")
        let records = Quantity.count(proof.distinct, "record")
        guard let first = proof.firstHits, let last = proof.lastHits else {
            return "\(proof.verdict.rawValue), \(records), no total to compare with, after \(walks)"
        }
        let hits =
            first == last
            ? "of \(Quantity.count(last, "hit"))"
            : "where the total went from \(Quantity.grouped(first)) to \(Quantity.grouped(last))"
        return "\(proof.verdict.rawValue), \(records) \(hits), after \(walks)"
    }
}
