import TrawlCore

/// A line on its way through a bucket: a header with what sorting needs, then the line's bytes.
struct StoredLine {
    static let headerSize = 32

    let at: UnsafeRawPointer

    @inline(__always)
    static func write(_ entry: RecordEntry, _ line: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: entry.start, toByteOffset: 0, as: Int64.self)
        target.storeBytes(of: entry.idPrefix, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: entry.length, toByteOffset: 16, as: UInt32.self)
        target.storeBytes(of: entry.idOffset, toByteOffset: 20, as: UInt32.self)
        target.storeBytes(of: entry.idLength, toByteOffset: 24, as: UInt32.self)
        target.storeBytes(of: UInt32(entry.flags.rawValue), toByteOffset: 28, as: UInt32.self)
        (target + headerSize).copyMemory(from: line, byteCount: Int(entry.length))
    }

    var key: SortKey {
        SortKey(
            start: at.loadUnaligned(fromByteOffset: 0, as: Int64.self),
            idPrefix: at.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Header and line.
    var size: Int { Self.headerSize + length }

    private var length: Int { Int(at.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: at + Self.headerSize, count: length) }

    /// The raw id token, without its quotes.
    var idToken: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: at + Self.headerSize + Int(at.loadUnaligned(fromByteOffset: 20, as: UInt32.self)),
            count: Int(at.loadUnaligned(fromByteOffset: 24, as: UInt32.self)))
    }

    var flags: RecordEntry.Flags {
        RecordEntry.Flags(rawValue: UInt8(truncatingIfNeeded: at.loadUnaligned(fromByteOffset: 28, as: UInt32.self)))
    }

    /// Orders by the bytes of the decoded id: the last word among lines of equal key.
    func idPrecedes(_ other: StoredLine) -> Bool {
        if !flags.contains(.escapedID), !other.flags.contains(.escapedID) {
            return idToken.lexicographicallyPrecedes(other.idToken)
        }
        return JSONText.decoded(idToken).lexicographicallyPrecedes(JSONText.decoded(other.idToken))
    }
}
