import CDeflate

/// A small gzip body that inflates to a large one: white space, and then the text it was made for.
enum GzipBomb {
    /// - Parameter size: how many bytes of white space at least.
    static func packed(_ text: [UInt8], behind size: Int) -> [UInt8] {
        // One literal blank, then copies of the 258 bytes before: 13 bits each, over a hundred times smaller. libdeflate
        // would want the whole of it in memory.
        let copies = max(16, (size + 258 * 8 - 1) / (258 * 8) * 8)
        var writer = BitWriter()
        writer.bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        writer.low(0b010, 3)  // a block with fixed codes that is not the last
        writer.high(0x30 + 0x20, 8)
        for _ in 0..<16 {
            writer.high(0b1100_0101, 8)  // length 258
            writer.high(0, 5)  // distance 1
        }
        // Eight copies are thirteen bytes, and again the same ones.
        let eight = Array(writer.bytes.suffix(13))
        for _ in 0..<(copies / 8 - 2) { writer.bytes += eight }
        writer.high(0, 7)  // the end of the block
        var rest = text[...]
        repeat {
            let piece = rest.prefix(0xFFFF)
            rest = rest.dropFirst(piece.count)
            writer.low(rest.isEmpty ? 1 : 0, 3)  // a stored block
            writer.align()
            for half in [piece.count, ~piece.count] {
                writer.bytes.append(UInt8(truncatingIfNeeded: half))
                writer.bytes.append(UInt8(truncatingIfNeeded: half >> 8))
            }
            writer.bytes += piece
        } while !rest.isEmpty
        for number in [
            checksum(blanks: copies * 258 + 1, text), UInt32(truncatingIfNeeded: copies * 258 + 1 + text.count),
        ] {
            for shift in [0, 8, 16, 24] as [UInt32] { writer.bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        return writer.bytes
    }

    private static func checksum(blanks: Int, _ text: [UInt8]) -> UInt32 {
        let piece = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 16)
        var value: UInt32 = 0
        var rest = blanks
        while rest > 0 {
            value = libdeflate_crc32(value, piece, min(rest, piece.count))
            rest -= min(rest, piece.count)
        }
        return libdeflate_crc32(value, text, text.count)
    }

    /// The bit order of deflate: numbers from their low end, codes from their high end.
    private struct BitWriter {
        var bytes: [UInt8] = []
        private var bits: UInt64 = 0
        private var count = 0

        mutating func low(_ value: UInt64, _ length: Int) {
            bits |= value << UInt64(count)
            count += length
            while count >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                count -= 8
            }
        }

        mutating func high(_ code: UInt64, _ length: Int) {
            var reversed: UInt64 = 0
            for bit in 0..<length where code >> UInt64(bit) & 1 == 1 { reversed |= 1 << UInt64(length - 1 - bit) }
            low(reversed, length)
        }

        mutating func align() {
            if count > 0 { low(0, 8 - count) }
        }
    }
}
