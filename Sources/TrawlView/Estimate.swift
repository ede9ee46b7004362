/// How long a run may still take.
package struct Estimate: Hashable, Sendable {
    package var expected: Double
    /// Seconds between which the end is expected.
    package var range: ClosedRange<Double>

    /// From the requests that each finished leaf took, for the leaves that are left.
    ///
    /// What `n` leaves will take is `n` times the mean of the finished ones, give or take two standard deviations of such a
    /// sum (`2·s·√n`), as though each were drawn from the same urn. Days of a contact centre are not: a quarter of the
    /// whole is added to the spread. Nil before three leaves are finished, without any rate, and with nothing left.
    package static func remaining(_ open: Int, requestsOfFinished requests: [Int], perSecond: Double?) -> Estimate? {
        guard requests.count >= 3, open > 0, let perSecond, perSecond > 0 else { return nil }
        let count = Double(requests.count)
        let mean = Double(requests.reduce(0, +)) / count
        let variance = requests.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (count - 1)
        let expected = mean * Double(open)
        let spread = 2 * (variance * Double(open)).squareRoot() + expected / 4
        // No leaf takes less than one request.
        let least = max(Double(open) * min(1, mean), expected - spread)
        return Estimate(expected: expected / perSecond, range: (least / perSecond)...((expected + spread) / perSecond))
    }
}
