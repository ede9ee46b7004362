extension Shard {
    /// The most pieces one split makes. Denser shards split again.
    private static let mostPieces = 64

    /// The neighbours a shard with `hits` is cut into, so that each should hold at most half of what the API pages
    /// through: a shard is rarely spread evenly. Their union is exactly the shard. `hits` unknown cuts in two.
    package func children(hits: Int?, depth: Int) -> [Shard] {
        let wanted = hits.map { ($0 * 2 + depth - 1) / max(1, depth) } ?? 2
        let pieces = interval.cut(into: max(2, min(Self.mostPieces, wanted)))
        return pieces.map { Shard($0, parentHits: hits) }
    }
}
