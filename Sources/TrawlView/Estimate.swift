import TrawlCore

/// How long a run may still take.
package struct Estimate: Hashable, Sendable {
    package var expected: Double
    /// Seconds between which the end is expected.
    package var range: ClosedRange<Double>

    /// From the requests that leaves take: `sample` are those of the finished ones, and of those in hand whose total is known,
    /// so that short ones, which are done first, do not stand for all. `begun` are the requests that leaves in hand still
    /// need, and `unknown` is how many leaves there are of which nothing is known.
    ///
    /// What these will take is their number times the mean of the sample, give or take two standard deviations of such a sum
    /// (`2·s·√n`), as though each were drawn from the same urn. Days of a contact centre are not: a quarter of it is added to
    /// the spread, and a tenth of what is begun. Nil for a sample of less than three, without any rate, and with nothing left.
    package static func remaining(begun: [Int], unknown: Int, sample: [Int], perSecond: Double?) -> Estimate? {
        guard sample.count >= 3, unknown > 0 || !begun.isEmpty, let perSecond, perSecond > 0 else { return nil }
        let count = Double(sample.count)
        let mean = Double(sample.reduce(0, +)) / count
        let variance = sample.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (count - 1)
        let (known, guessed) = (Double(begun.reduce(0, +)), mean * Double(unknown))
        let spread = 2 * (variance * Double(unknown)).squareRoot() + guessed / 4 + known / 10
        let expected = known + guessed
        // No leaf takes less than one request.
        let least = max(Double(unknown) * min(1, mean), expected - spread)
        return Estimate(expected: expected / perSecond, range: (least / perSecond)...((expected + spread) / perSecond))
    }

    /// As above, for the leaves of a run. A leaf in hand needs a page for each `pageSize` of its hits.
    static func remaining(_ shards: [ShardView], pageSize: Int, perSecond: Double?) -> Estimate? {
        var (sample, begun, unknown): ([Int], [Int], Int) = ([], [], 0)
        for shard in shards {
            switch shard.state {
            case .done, .unproven: shard.outcome.map { sample.append($0.requests) }
            case .pending, .delayed: unknown += 1
            case .leased:
                if let activity = shard.activity, let hits = activity.hits {
                    let pages = max(1, (hits + pageSize - 1) / pageSize)
                    sample.append(pages)
                    begun.append(max(0, pages - activity.pages))
                } else {
                    unknown += 1
                }
            case .dead, .skipped: break
            }
        }
        return remaining(begun: begun, unknown: unknown, sample: sample, perSecond: perSecond)
    }
}
