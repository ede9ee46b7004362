/// Builds one command in the form Redis reads: an array of length-prefixed byte strings.
package struct RESPEncoder {
    private(set) var bytes: [UInt8] = []

    init(count: Int) {
        bytes.append(UInt8(ascii: "*"))
        appendLine(count)
    }

    mutating func appendBulk(_ content: some Sequence<UInt8>, count: Int) {
        bytes.append(UInt8(ascii: "$"))
        appendLine(count)
        bytes.append(contentsOf: content)
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func appendLine(_ number: Int) {
        bytes.append(contentsOf: String(number).utf8)
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
