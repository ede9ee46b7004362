import TrawlCore

/// The records of a file, byte for byte but for insignificant white space: number texts, key order, repeated keys and
/// escapes stay as they are.
struct Fixture: Sendable {
    struct Record: Sendable {
        /// Empty when the record has none.
        let id: String
        let start: Int64
        /// Nil while open.
        let end: Int64?
        let traits: Traits
        let bytes: Range<Int>
    }

    /// Ordered by (start, bytes of the id).
    let records: [Record]
    /// The records one after the other, as they stood in the file.
    let bytes: [UInt8]

    /// Reads an API page (`{"conversations":[…]}`) or any number of records one after the other, as in NDJSON.
    ///
    /// - Throws: one line that names the record at fault.
    init(_ file: [UInt8]) throws(SimulatorError) {
        var records: [Record] = []
        var bytes: [UInt8] = []
        do throws(JSONError) {
            for (number, element) in try Self.elements(file).enumerated() {
                let first = bytes.count
                Self.appendCompact(file[element.range], to: &bytes)
                guard let start = element.value["conversationStart"]?.string.flatMap({ Instant($0) }) else {
                    throw JSONError(
                        offset: element.range.lowerBound,
                        reason: "record \(number + 1) has no readable conversationStart")
                }
                let id = element.value["conversationId"]?.string ?? ""
                records.append(
                    Record(
                        id: id, start: start.milliseconds,
                        end: element.value["conversationEnd"]?.string.flatMap { Instant($0)?.milliseconds },
                        traits: Traits(id: id, record: element.value), bytes: first..<bytes.count))
            }
        } catch {
            throw .fixture(reason: error.description)
        }
        self.bytes = bytes
        self.records = records.sorted {
            $0.start != $1.start ? $0.start < $1.start : $0.id.utf8.lexicographicallyPrecedes($1.id.utf8)
        }
    }

    private static func elements(_ file: [UInt8]) throws(JSONError) -> [(value: JSONValue, range: Range<Int>)] {
        var reader = JSONReader(file)
        var found: [(value: JSONValue, range: Range<Int>)] = []
        while reader.peek() != nil {
            let start = reader.position
            found.append((try reader.value(), start..<reader.position))
        }
        guard found.count == 1, case .array? = found[0].value["conversations"] else { return found }
        return try pageElements(file)
    }

    private static func pageElements(_ file: [UInt8]) throws(JSONError) -> [(value: JSONValue, range: Range<Int>)] {
        var reader = JSONReader(file)
        var found: [(value: JSONValue, range: Range<Int>)] = []
        _ = reader.skip("{")
        repeat {
            _ = reader.peek()
            let key = try reader.string()
            _ = reader.skip(":")
            guard key == "conversations", reader.skip("[") else {
                _ = try reader.value()
                continue
            }
            while reader.peek() != UInt8(ascii: "]") {
                let start = reader.position
                found.append((try reader.value(), start..<reader.position))
                _ = reader.skip(",")
            }
            _ = reader.skip("]")
        } while reader.skip(",")
        return found
    }

    /// Copies valid JSON without the white space between its tokens.
    private static func appendCompact(_ text: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        var inString = false
        var escaped = false
        for byte in text {
            if inString {
                inString = escaped || byte != UInt8(ascii: "\"")
                escaped = !escaped && byte == UInt8(ascii: "\\")
            } else if JSONReader.isSpace(byte) {
                continue
            } else {
                inString = byte == UInt8(ascii: "\"")
            }
            bytes.append(byte)
        }
    }
}
