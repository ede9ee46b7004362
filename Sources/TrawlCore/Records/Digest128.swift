/// A 128-bit hash (XXH3) that stands for an id or for a page's bytes. Not a cryptographic digest.
package struct Digest128: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
