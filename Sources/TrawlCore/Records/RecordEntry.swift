/// What the merge has to know of one record, found once, when its page was split.
///
/// A part's index holds one entry per line of the part, so nothing parses the line again.
package struct RecordEntry: Hashable, Sendable {
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// The record has no end yet (absent or null).
        package static let open = Flags(rawValue: 1)
        /// The record's top level has the id key more than once; the last one counts.
        package static let repeatedID = Flags(rawValue: 2)
        /// The raw id token between its quotes has escapes, so it is not yet the id's own bytes.
        package static let escapedID = Flags(rawValue: 4)
    }

    /// XXH3-128 of the id's decoded UTF-8 bytes; for a rejected record, of the whole line without its line feed.
    package var id: Digest128
    /// The first eight decoded bytes of the id, big-endian, zero-filled: sorts like the id.
    package var idPrefix: UInt64
    /// Start and end in milliseconds since 1970. An open record's end is `Int64.max`; a rejected one has zeros.
    package var start: Int64
    package var end: Int64
    /// Bytes of the line, line feed included.
    package var length: UInt32
    /// Where the raw id token (without quotes) lies in the line.
    package var idOffset: UInt32
    package var idLength: UInt32
    /// Segments of all sessions of all participants: a later version of a conversation has more.
    package var segments: UInt32
    package var flags: Flags
    /// Why the record cannot be merged; nil for a good one.
    package var rejection: Rejection?
    /// Among records of the same page with the same id: how many have smaller bytes. Makes the winner unique.
    package var rank: UInt16

    package init(
        id: Digest128, idPrefix: UInt64, start: Int64, end: Int64, length: UInt32, idOffset: UInt32, idLength: UInt32,
        segments: UInt32, flags: Flags, rejection: Rejection? = nil, rank: UInt16 = 0
    ) {
        self.id = id
        self.idPrefix = idPrefix
        self.start = start
        self.end = end
        self.length = length
        self.idOffset = idOffset
        self.idLength = idLength
        self.segments = segments
        self.flags = flags
        self.rejection = rejection
        self.rank = rank
    }
}

/// Why a record is kept aside instead of merged.
package enum Rejection: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case notAnObject = 1
    case missingID
    case nullID
    case emptyID
    case nonStringID
    case missingStart
    case unreadableStart

    package var description: String {
        switch self {
        case .notAnObject: "not an object"
        case .missingID: "no id"
        case .nullID: "id is null"
        case .emptyID: "id is empty"
        case .nonStringID: "id is not a string"
        case .missingStart: "no start"
        case .unreadableStart: "start is not an RFC 3339 instant"
        }
    }
}

/// The records of one page: their lines, and one entry per line, in the order the API gave.
package struct PageRecords: Sendable {
    /// Compact JSON lines, each with its line feed. Rejected records are lines too.
    package var lines: [UInt8]
    package var entries: [RecordEntry]

    package init(lines: [UInt8] = [], entries: [RecordEntry] = []) {
        self.lines = lines
        self.entries = entries
    }
}
