/// A version 4 UUID as 128 bits; comparing the numbers compares the lower-case texts byte by byte.
struct ConversationID: Hashable, Sendable, Comparable {
    let high: UInt64
    let low: UInt64

    init(random: inout SplitMix) {
        high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    static func < (left: ConversationID, right: ConversationID) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    func append(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { text in
            var position = 0
            var bits = high
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    text[position] = UInt8(ascii: "-")
                    position &+= 1
                }
                if digit == 16 { bits = low }
                let value = UInt8(truncatingIfNeeded: bits >> 60)
                text[position] = value < 10 ? value &+ 0x30 : value &+ 0x57
                bits <<= 4
                position &+= 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(text))
        }
    }

    var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
