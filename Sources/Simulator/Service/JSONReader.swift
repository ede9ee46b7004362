import TrawlCore

/// Why a text is not JSON, and after how many bytes that shows.
struct JSONError: Error, Equatable, CustomStringConvertible {
    let offset: Int
    let reason: String

    var description: String { "byte \(offset): \(reason)" }
}

/// A strict reader of JSON that knows where each value stood, for request bodies, fault files and fixtures.
struct JSONReader {
    private let bytes: [UInt8]
    private(set) var position = 0
    private var depth = 0

    private static let deepest = 200

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The one value that the text is.
    static func document(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        guard reader.isAtEnd() else { throw reader.error("text after the end of the document") }
        return value
    }

    func error(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.count
    }

    /// The byte of the next token; nil at the end.
    mutating func peek() -> UInt8? {
        skipSpace()
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func value() throws(JSONError) -> JSONValue {
        guard depth < Self.deepest else { throw error("nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        switch peek() {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw error("the text ends where a value is expected")
        default: return try number()
        }
    }

    private mutating func object() throws(JSONError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        position += 1
        if skip("}") { return members }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw error("a member's name is expected") }
            let key = try string()
            guard skip(":") else { throw error("':' is expected") }
            members[key] = try value()
        } while skip(",")
        guard skip("}") else { throw error("',' or '}' is expected") }
        return members
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var values: [JSONValue] = []
        position += 1
        if skip("]") { return values }
        repeat { values.append(try value()) } while skip(",")
        guard skip("]") else { throw error("',' or ']' is expected") }
        return values
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw error("no JSON value") }
        position += expected.count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else {
            throw error("no JSON value")
        }
        var isWhole = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard digits() > 0 else { throw error("digits are expected after the point") }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw error("digits are expected in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text) else { throw error("no JSON number") }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }

    /// A string, decoded; the position is at its opening quote.
    mutating func string() throws(JSONError) -> String {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else { throw error("a string is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(&text)
            case 0..<0x20: throw error("a control character in a string")
            default: text.append(byte)
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escape(_ text: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw error("the text ends inside a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try fourHexDigits()
            while (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: [0x5C, 0x75]) {
                position += 2
                let second = try fourHexDigits()
                if (0xDC00..<0xE000).contains(second) {
                    unit = 0x10000 + (unit - 0xD800) << 10 + second - 0xDC00
                } else {
                    // Half a pair, and then something else.
                    text += Array("\u{FFFD}".utf8)
                    unit = second
                }
            }
            text += Array(String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
        default: throw error("no such escape in a string")
        }
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        // The number parser alone would take a sign for a digit.
        guard position + 4 <= bytes.count, bytes[position] != UInt8(ascii: "+"),
            let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits are expected") }
        position += 4
        return unit
    }
}
