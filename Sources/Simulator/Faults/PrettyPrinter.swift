/// Writes compact JSON with a line for every member and element.
enum PrettyPrinter {
    static func printed(_ compact: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(compact.count * 2)
        var depth = 0
        var inString = false
        var escaped = false
        for (position, byte) in compact.enumerated() {
            if inString {
                inString = escaped || byte != UInt8(ascii: "\"")
                escaped = !escaped && byte == UInt8(ascii: "\\")
                text.append(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                text.append(byte)
                depth += 1
                let next = position + 1 < compact.count ? compact[position + 1] : 0
                if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { newLine(depth, &text) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                let last = compact[position - 1]
                if last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { newLine(depth, &text) }
                text.append(byte)
            case UInt8(ascii: ","):
                text.append(byte)
                newLine(depth, &text)
            case UInt8(ascii: ":"): text += [UInt8(ascii: " "), byte, UInt8(ascii: " ")]
            default:
                inString = byte == UInt8(ascii: "\"")
                text.append(byte)
            }
        }
        return text
    }

    private static func newLine(_ depth: Int, _ text: inout [UInt8]) {
        text.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { text += [UInt8(ascii: " "), UInt8(ascii: " ")] }
    }
}
