package import FoundationEssentials

/// A JSON document that people write: a profile, a filter.
///
/// It has no key twice in one object. A decoder keeps one of the two and says nothing, so that the document would mean
/// something else than its author reads in it.
package enum JSONDocument {
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Or not in UTF-8.
        case notJSON
        /// The path of the key, as in `paging.pageSize.maximum` or `records.keys[1]`.
        case repeatedKey(path: String)

        package var description: String {
            switch self {
            case .notJSON: "is not JSON in UTF-8"
            case .repeatedKey(let path): "\(path): occurs twice"
            }
        }
    }

    /// The value of a document. Of several repeated keys the fault names the one that is complete first.
    package static func value(_ data: Data) throws(Fault) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw .notJSON
        }
        // The decoder takes other encodings too; for those the scan would have to be another one.
        var scan = Scan(Array(data))
        try scan.value(at: "")
        return value
    }

    /// Reads keys and skips everything else. The text has been decoded: it is valid, and not too deep for recursion.
    private struct Scan {
        private let text: [UInt8]
        private var position = 0

        init(_ text: [UInt8]) {
            self.text = text
            if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }

        mutating func value(at path: String) throws(Fault) {
            switch next() {
            case UInt8(ascii: "{"): try object(at: path)
            case UInt8(ascii: "["): try array(at: path)
            case UInt8(ascii: "\""): _ = try literal()
            case .some:
                // A number or a word, up to what may follow one.
                while let byte = peek(), !",]} \t\r\n".utf8.contains(byte) {
                    guard byte > 0x20 else { throw .notJSON }
                    position += 1
                }
            case nil: throw .notJSON
            }
        }

        private mutating func object(at path: String) throws(Fault) {
            position += 1
            // Equal as the decoder's dictionary takes them: escapes undone, composed or not.
            var keys: Set<String> = []
            while next() != UInt8(ascii: "}") {
                guard next() == UInt8(ascii: "\"") else { throw .notJSON }
                let key = try Self.text(of: literal())
                let place = Self.place(of: key, in: path)
                guard keys.insert(key).inserted else { throw .repeatedKey(path: place) }
                try skip(":")
                try value(at: place)
                if next() != UInt8(ascii: "}") { try skip(",") }
            }
            position += 1
        }

        private mutating func array(at path: String) throws(Fault) {
            position += 1
            var index = 0
            while next() != UInt8(ascii: "]") {
                try value(at: "\(path)[\(index)]")
                if next() != UInt8(ascii: "]") { try skip(",") }
                index += 1
            }
            position += 1
        }

        /// A string with its quotes.
        private mutating func literal() throws(Fault) -> ArraySlice<UInt8> {
            let start = position
            position += 1
            while let byte = peek(), byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
            guard position < text.count else { throw .notJSON }
            position += 1
            return text[start..<position]
        }

        private static func text(of literal: ArraySlice<UInt8>) throws(Fault) -> String {
            guard literal.contains(UInt8(ascii: "\\")) else {
                return String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
            }
            do {
                return try JSONDecoder().decode([String].self, from: Data("[".utf8 + literal + "]".utf8))[0]
            } catch {
                throw .notJSON
            }
        }

        /// A key that is no plain word is written as in a program, so that the path stays one line and means one place.
        private static func place(of key: String, in path: String) -> String {
            let isPlain =
                !key.isEmpty
                && key.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0)
                }
            guard isPlain else { return "\(path)[\(JSONValue.quoted(key))]" }
            return path.isEmpty ? key : "\(path).\(key)"
        }

        private func peek() -> UInt8? { position < text.count ? text[position] : nil }

        /// The next byte that is no white space.
        private mutating func next() -> UInt8? {
            while let byte = peek(), " \t\r\n".utf8.contains(byte) { position += 1 }
            return peek()
        }

        private mutating func skip(_ byte: Unicode.Scalar) throws(Fault) {
            guard next() == UInt8(ascii: byte) else { throw .notJSON }
            position += 1
        }
    }
}
