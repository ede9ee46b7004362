import CSimdjson
import CXXHash
import TrawlCore

extension RecordEntry {
    /// `line` is the record's line, line feed included.
    init(_ record: CSimdjson_record, line: UnsafeBufferPointer<UInt8>) {
        var flags: Flags = []
        if record.repeatedID != 0 { flags.insert(.repeatedID) }
        if record.id.escaped != 0 { flags.insert(.escapedID) }
        let start = milliseconds(record.start, line)
        let rejection = Self.rejection(of: record, start: start)
        let (idOffset, idLength) = record.id.kind == CSimdjson_string ? (record.id.offset, record.id.length) : (0, 0)
        guard let start, rejection == nil else {
            let whole = UnsafeBufferPointer(rebasing: line.dropLast())
            self.init(
                id: Digest128(whole), idPrefix: 0, start: 0, end: 0, length: record.length, idOffset: idOffset,
                idLength: idLength, segments: record.segments, flags: flags, rejection: rejection)
            return
        }
        // An end that is there but cannot be read says nothing of when: the record counts as open.
        let end = milliseconds(record.end, line)
        if end == nil { flags.insert(.open) }
        let raw = text(of: record.id, line)
        let (id, prefix) =
            record.id.escaped != 0
            ? IDToken.decode(raw).withUnsafeBufferPointer { (Digest128($0), Self.prefix(of: $0)) }
            : (Digest128(raw), Self.prefix(of: raw))
        self.init(
            id: id, idPrefix: prefix, start: start, end: end ?? .max, length: record.length, idOffset: idOffset,
            idLength: idLength, segments: record.segments, flags: flags)
    }

    private static func rejection(of record: CSimdjson_record, start: Int64?) -> Rejection? {
        guard record.isObject != 0 else { return .notAnObject }
        switch record.id.kind {
        case CSimdjson_absent: return .missingID
        case CSimdjson_null: return .nullID
        case CSimdjson_string: if record.id.length == 0 { return .emptyID }
        default: return .nonStringID
        }
        guard start == nil else { return nil }
        let hasStart = record.start.kind != CSimdjson_absent && record.start.kind != CSimdjson_null
        return hasStart ? .unreadableStart : .missingStart
    }

    private static func prefix(of id: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var prefix: UInt64 = 0
        for index in 0..<8 { prefix = prefix << 8 | (index < id.count ? UInt64(id[index]) : 0) }
        return prefix
    }
}

private func text(of token: CSimdjson_token, _ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: line[Int(token.offset)...].prefix(Int(token.length)))
}

private func milliseconds(_ token: CSimdjson_token, _ line: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard token.kind == CSimdjson_string else { return nil }
    let raw = text(of: token, line)
    guard token.escaped != 0 else { return InstantToken.milliseconds(raw) }
    return IDToken.decode(raw).withUnsafeBufferPointer(InstantToken.milliseconds)
}

extension Digest128 {
    /// XXH3-128 of the bytes.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
        self.init(high: hash.high64, low: hash.low64)
    }
}
