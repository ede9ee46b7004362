import TrawlCore

/// A table in CSV (RFC 4180, but lines end with a line feed alone), written through a buffer.
///
/// A field is quoted where it must be: with a quote, a comma or a line break in it, and with a space at its ends, which
/// some readers drop. A text that is there and empty is `""`, a value that is absent nothing at all.
final class CSVOutput {
    private static let batch = 256 << 10

    private let file: OpenFile
    private let buffer = RawBuffer(capacity: batch + batch / 4)
    private var rowBegin = 0
    private var fields = 0

    init(_ file: OpenFile) {
        self.file = file
    }

    func absent() { beginField() }

    func field(_ text: UnsafeRawBufferPointer) {
        beginField()
        guard Self.needsQuotes(text) else { return buffer.append(text) }
        buffer.append("\"")
        var rest = text
        while let quote = rest.firstIndex(of: UInt8(ascii: "\"")) {
            buffer.append(UnsafeRawBufferPointer(rebasing: rest[...quote]))
            buffer.append("\"")
            rest = UnsafeRawBufferPointer(rebasing: rest[(quote + 1)...])
        }
        buffer.append(rest)
        buffer.append("\"")
    }

    func field(_ text: [UInt8]) {
        text.withUnsafeBytes { field($0) }
    }

    func endRow() throws(StoreError) {
        // Readers take an empty line for no row.
        if buffer.count == rowBegin { buffer.append("\"\"") }
        buffer.append("\n")
        fields = 0
        if buffer.count >= Self.batch { try flush() }
        rowBegin = buffer.count
    }

    func flush() throws(StoreError) {
        try file.write(buffer.bytes)
        buffer.count = 0
        rowBegin = 0
    }

    private func beginField() {
        if fields > 0 { buffer.append(",") }
        fields += 1
    }

    private static func needsQuotes(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let first = text.first, let last = text.last else { return true }
        let space = UInt8(ascii: " ")
        if first == space || last == space { return true }
        for byte in text where byte <= UInt8(ascii: ",") {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: ","), 0x0A, 0x0D: return true
            default: continue
            }
        }
        return false
    }
}
