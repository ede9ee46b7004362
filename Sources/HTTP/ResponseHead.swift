/// Status line and header fields, fed line by line as curl hands them over.
struct ResponseHead {
    private(set) var status = 0
    private(set) var fields: [(String, String)] = []
    private var size = 0
    /// Whether the empty line that ends the head has come.
    private(set) var complete = false

    /// What a server may send before the body, in bytes.
    static let maximumSize = 256 << 10

    /// False once the head is too large.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Bool {
        let text = trimmed(line[...])
        if !complete || line.starts(with: Array("HTTP/".utf8)) { size += line.count }
        guard size <= Self.maximumSize else { return false }

        if line.starts(with: Array("HTTP/".utf8)) {
            // Also after an interim response (1xx), whose fields do not belong to the final one.
            status = parseStatus(text)
            fields = []
            complete = false
        } else if complete {
            // A trailer.
        } else if text.isEmpty {
            complete = true
        } else if line[0] == UInt8(ascii: " ") || line[0] == UInt8(ascii: "\t") {
            continueLastField(with: text)
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let value = trimmed(text[(colon + 1)...])
            fields.append(
                (String(decoding: trimmed(text[..<colon]), as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return true
    }

    private mutating func continueLastField(with text: Slice<UnsafeRawBufferPointer>) {
        guard !fields.isEmpty else { return }
        fields[fields.count - 1].1 += " " + String(decoding: text, as: UTF8.self)
    }

    private func parseStatus(_ line: Slice<UnsafeRawBufferPointer>) -> Int {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        return words.count > 1 ? Int(String(decoding: words[1], as: UTF8.self)) ?? 0 : 0
    }

    private func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var bytes = bytes
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        return bytes
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a
    }
}
