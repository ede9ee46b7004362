/// The generator behind everything random here: eight bytes of state, the same numbers on every machine.
///
/// The standard library's algorithms over a `RandomNumberGenerator` may change between Swift versions, which would
/// change what a seed means; these cannot.
struct SplitMix: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Below `bound`, which must be positive. The bias of the multiplication is below 2⁻³².
    mutating func below(_ bound: Int) -> Int {
        Int(((next() >> 32) &* UInt64(bound)) >> 32)
    }

    /// True `permille` times in a thousand.
    mutating func chance(_ permille: Int) -> Bool {
        below(1000) < permille
    }

    /// Within `[0, 1)`.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Scatters the bits of a number: the finaliser of the generator, for numbers that must look unrelated.
    static func mixed(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
