import Glibc
import TrawlCore

/// Finds what the result is sorted by in a line of it: the id and the start at the top level of a JSON object. Whoever
/// wrote the line had found it to be JSON; one that was damaged since yields nil, or other keys.
struct RecordKeys {
    private let idKey: [UInt8]
    private let startKey: [UInt8]

    init(_ records: EndpointProfile.Records) {
        idKey = Array(records.id.utf8)
        startKey = Array(records.start.utf8)
    }

    /// The id's decoded bytes and the start in milliseconds since 1970. Where a key stands twice, the last one counts.
    func find(in line: UnsafeRawBufferPointer) -> (start: Int64, id: [UInt8])? {
        var cursor = Cursor(line)
        guard cursor.skip(UInt8(ascii: "{")) else { return nil }
        var id: UnsafeRawBufferPointer?
        var start: UnsafeRawBufferPointer?
        repeat {
            guard let key = cursor.string(), cursor.skip(UInt8(ascii: ":")) else { return nil }
            let isID = Self.matches(key, idKey)
            let isStart = !isID && Self.matches(key, startKey)
            if cursor.next == UInt8(ascii: "\"") {
                guard let value = cursor.string() else { return nil }
                if isID { id = value }
                if isStart { start = value }
            } else {
                guard cursor.skipValue() else { return nil }
                if isID { id = nil }
                if isStart { start = nil }
            }
        } while cursor.skip(UInt8(ascii: ","))
        guard cursor.skip(UInt8(ascii: "}")), let id, let start else { return nil }
        guard let instant = Instant(rfc3339: JSONText.decoded(start)) else { return nil }
        return (instant.milliseconds, JSONText.decoded(id))
    }

    private static func matches(_ raw: UnsafeRawBufferPointer, _ key: [UInt8]) -> Bool {
        if raw.count == key.count { return raw.elementsEqual(key) }
        // An escaped key is longer than what it stands for.
        guard raw.count > key.count, raw.contains(UInt8(ascii: "\\")) else { return false }
        return JSONText.decoded(raw) == key
    }

    private struct Cursor {
        private let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(_ bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            position += 1
            return true
        }

        /// The raw content of the string that begins here.
        mutating func string() -> UnsafeRawBufferPointer? {
            guard skip(UInt8(ascii: "\"")) else { return nil }
            let begin = position
            guard skipToQuote() else { return nil }
            return UnsafeRawBufferPointer(rebasing: bytes[begin..<(position - 1)])
        }

        /// Skips a value that is no string, up to the comma or the brace behind it.
        mutating func skipValue() -> Bool {
            let begin = position
            var depth = 0
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "\""):
                    position += 1
                    guard skipToQuote() else { return false }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return position > begin }
                    depth -= 1
                case UInt8(ascii: ","):
                    if depth == 0 { return position > begin }
                default: break
                }
                position += 1
            }
            return false
        }

        /// Goes behind the quote that ends the string this is inside of.
        private mutating func skipToQuote() -> Bool {
            guard let base = bytes.baseAddress else { return false }
            let begin = position
            while position < bytes.count, let quote = memchr(base + position, 0x22, bytes.count - position) {
                position = UnsafeRawPointer(quote) - base + 1
                var escapes = 0
                while position - 2 - escapes >= begin, bytes[position - 2 - escapes] == UInt8(ascii: "\\") {
                    escapes += 1
                }
                if escapes.isMultiple(of: 2) { return true }
            }
            return false
        }
    }
}
