import CXXHash
import TrawlCore

/// A conversation as a test sees it; its line and its entry are made from it.
struct TestRecord: Hashable {
    /// Decoded.
    var id: String
    var start: Int64
    /// Nil for an open one.
    var end: Int64?
    var segments = 1
    /// Tells versions with equal fields apart.
    var note = 0
    /// Write the first character of the id as `\uXXXX`.
    var isEscaped = false
    /// A record that is kept aside.
    var rejection: Rejection?

    var rawID: String {
        guard isEscaped, let first = id.unicodeScalars.first else { return id }
        let digits = String(first.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits + id.dropFirst()
    }

    var line: [UInt8] {
        if rejection != nil { return Array("{\"note\":\(note),\"conversationId\":null}\n".utf8) }
        return Array(
            ("{\"conversationId\":\"\(rawID)\",\"conversationStart\":\"\(Instant(milliseconds: start))\",\"end\":\(end.map { "\($0)" } ?? "null"),"
                + "\"segments\":\(segments),\"note\":\(note),\"filler\":\"\(String(repeating: "x", count: note % 40))\"}\n")
                .utf8)
    }

    func entry(rank: UInt16) -> RecordEntry {
        if let rejection {
            return RecordEntry(
                id: xxh3(Array(line.dropLast())), idPrefix: 0, start: 0, end: 0, length: UInt32(line.count),
                idOffset: 0,
                idLength: 0, segments: 0, flags: [], rejection: rejection)
        }
        var flags: RecordEntry.Flags = end == nil ? .open : []
        if isEscaped { flags.insert(.escapedID) }
        let prefix = (Array(id.utf8) + Array(repeating: 0, count: 8)).prefix(8).reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        return RecordEntry(
            id: xxh3(Array(id.utf8)), idPrefix: prefix, start: start, end: end ?? .max, length: UInt32(line.count),
            idOffset: 19, idLength: UInt32(rawID.utf8.count), segments: UInt32(segments), flags: flags, rank: rank)
    }
}

func xxh3(_ bytes: [UInt8]) -> Digest128 {
    let hash = XXH3_128bits(bytes, bytes.count)
    return Digest128(high: hash.high64, low: hash.low64)
}

/// Records as one page, ranked as the page splitter ranks them.
func page(_ records: [TestRecord]) -> PageRecords {
    PageRecords(
        lines: records.flatMap(\.line),
        entries: records.map { record in
            let smaller = records.filter { other in
                other.id == record.id && other.rejection == nil && other.line.lexicographicallyPrecedes(record.line)
            }
            return record.entry(rank: UInt16(smaller.count))
        })
}
