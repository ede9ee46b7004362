/// The conversations that a query matches, in the order it asked for; any page of it is found in constant time.
struct Selection: Sendable {
    /// Positions in the population; they come before ``range``.
    private let scattered: [Int32]
    private let range: Range<Int>
    private let backwards: Bool

    init(scattered: [Int32] = [], range: Range<Int> = 0..<0, backwards: Bool = false) {
        self.scattered = scattered
        self.range = range
        self.backwards = backwards
    }

    var count: Int { scattered.count + range.count }

    /// The position in the population of the `number`th match.
    subscript(number: Int) -> Int {
        let number = backwards ? count - 1 - number : number
        return number < scattered.count ? Int(scattered[number]) : range.lowerBound + number - scattered.count
    }

    /// The first so many matches whose positions satisfy a condition.
    func first(_ limit: Int, where isWanted: (Int) -> Bool) -> Selection {
        var kept: [Int32] = []
        for number in 0..<count where kept.count < limit && isWanted(self[number]) { kept.append(Int32(self[number])) }
        return Selection(scattered: kept)
    }

    /// Which matches a page holds; empty past the last page.
    func page(size: Int, number: Int) -> Range<Int> {
        let first = min(count, size * (number - 1))
        return first..<min(count, first + size)
    }
}
