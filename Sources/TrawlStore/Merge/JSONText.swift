/// The bytes that the raw content of a JSON string stands for.
enum JSONText {
    /// `raw` comes from a page that was found to be valid JSON. A surrogate without its partner becomes the three bytes
    /// it would have in UTF-8.
    static func decoded(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var position = 0
        while position < raw.count {
            guard raw[position] == UInt8(ascii: "\\"), position + 1 < raw.count else {
                result.append(raw[position])
                position += 1
                continue
            }
            let escape = raw[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = unit(raw, position)
                position += 4
                if scalar & 0xFC00 == 0xD800, position + 6 <= raw.count, raw[position] == UInt8(ascii: "\\"),
                    raw[position + 1] == UInt8(ascii: "u")
                {
                    let low = unit(raw, position + 2)
                    if low & 0xFC00 == 0xDC00 {
                        scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
                        position += 6
                    }
                }
                append(scalar, to: &result)
            default: result.append(escape)
            }
        }
        return result
    }

    private static func unit(_ raw: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        raw[min(position, raw.count)..<min(position + 4, raw.count)].reduce(0) { value, digit in
            let number: UInt8 =
                switch digit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
                default: (digit | 0x20) &- UInt8(ascii: "a") &+ 10
                }
            return value << 4 | UInt32(number & 15)
        }
    }

    private static func append(_ scalar: UInt32, to result: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80: result.append(UInt8(scalar))
        case ..<0x800: result += [UInt8(0xC0 | scalar >> 6), tail(0)]
        case ..<0x10000: result += [UInt8(0xE0 | scalar >> 12), tail(6), tail(0)]
        default: result += [UInt8(0xF0 | scalar >> 18), tail(12), tail(6), tail(0)]
        }
    }
}
