import TrawlCore

/// The bytes of a part's index: a header, then one block per page that had records. All integers are little-endian.
///
/// ```
/// header   magic "TRAWLIDX" · version u32 · compression u32
/// block    check u64 · page u32 · walk u32 · fetched i64 · entries u32 · zero u32 · line bytes u64 · stored bytes u64
///          then the entries, 64 bytes each
/// entry    id high u64 · id low u64 · id prefix u64 · start i64 · end i64 · length u32 · id offset u32
///          · id length u32 · segments u32 · rank u16 · flags u8 · rejection u8 · zero u32
/// ```
/// `check` is the XXH3-64 of the block after it. A block is written after the lines it describes, so a part whose
/// writer died can be cut at its last whole block.
enum IndexFormat {
    static let magic = Array("TRAWLIDX".utf8)
    static let version: UInt32 = 1
    static let headerSize = 16
    static let blockHeaderSize = 48
    static let entrySize = 64

    static func header(_ compression: Compression) -> [UInt8] {
        let code: UInt32 =
            switch compression {
            case .none: 0
            case .zstd: 1
            }
        return magic + [version, code].flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }

    /// Nil when the bytes are no header of this version.
    static func compression(of header: UnsafeRawBufferPointer) -> Compression? {
        guard header.count == headerSize, header.prefix(8).elementsEqual(magic),
            UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) == version
        else { return nil }
        switch UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 12, as: UInt32.self)) {
        case 0: return Compression.none
        case 1: return .zstd
        default: return nil
        }
    }

    static func write(_ entry: RecordEntry, to target: UnsafeMutableRawPointer) {
        func store(_ value: some FixedWidthInteger, at offset: Int) {
            target.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value).self)
        }
        store(entry.id.high, at: 0)
        store(entry.id.low, at: 8)
        store(entry.idPrefix, at: 16)
        store(entry.start, at: 24)
        store(entry.end, at: 32)
        store(entry.length, at: 40)
        store(entry.idOffset, at: 44)
        store(entry.idLength, at: 48)
        store(entry.segments, at: 52)
        store(entry.rank, at: 56)
        store(entry.flags.rawValue, at: 58)
        store(entry.rejection?.rawValue ?? 0, at: 59)
        store(UInt32(0), at: 60)
    }

    /// Nil for a rejection this version does not know.
    @inline(__always)
    static func entry(at source: UnsafeRawPointer) -> RecordEntry? {
        let code = source.load(fromByteOffset: 59, as: UInt8.self)
        let rejection = code == 0 ? nil : Rejection(rawValue: code)
        if code != 0, rejection == nil { return nil }
        return RecordEntry(
            id: Digest128(
                high: UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self))),
            idPrefix: UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            start: Int64(littleEndian: source.loadUnaligned(fromByteOffset: 24, as: Int64.self)),
            end: Int64(littleEndian: source.loadUnaligned(fromByteOffset: 32, as: Int64.self)),
            length: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 40, as: UInt32.self)),
            idOffset: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 44, as: UInt32.self)),
            idLength: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 48, as: UInt32.self)),
            segments: UInt32(littleEndian: source.loadUnaligned(fromByteOffset: 52, as: UInt32.self)),
            flags: RecordEntry.Flags(rawValue: source.load(fromByteOffset: 58, as: UInt8.self)),
            rejection: rejection,
            rank: UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 56, as: UInt16.self)))
    }
}

/// What an index says of one page, besides its entries.
struct IndexBlock: Hashable {
    var page: Int
    var walk: Int
    /// Microseconds since 1970 of the page's slot.
    var fetched: Int64
    var entries: Int
    /// Bytes of the page's lines, and of what the part holds for them.
    var lineBytes: Int
    var storedBytes: Int

    /// Writes header and check sum in front of entries that are already in place behind them.
    func seal(_ block: UnsafeMutableRawBufferPointer) {
        func store(_ value: some FixedWidthInteger, at offset: Int) {
            block.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value).self)
        }
        store(UInt32(page), at: 8)
        store(UInt32(walk), at: 12)
        store(fetched, at: 16)
        store(UInt32(entries), at: 24)
        store(UInt32(0), at: 28)
        store(UInt64(lineBytes), at: 32)
        store(UInt64(storedBytes), at: 40)
        store(XXH3.hash(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(block)[8...])), at: 0)
    }

    /// Nil when the numbers are none that a page can have.
    init?(header: UnsafeRawBufferPointer) {
        func load<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
            Value(littleEndian: header.loadUnaligned(fromByteOffset: offset, as: type))
        }
        let limit = UInt64(PartLimits.pageBytes)
        let lineBytes = load(UInt64.self, at: 32)
        let storedBytes = load(UInt64.self, at: 40)
        let entries = load(UInt32.self, at: 24)
        guard lineBytes <= limit, storedBytes <= 2 * limit, entries > 0, UInt64(entries) <= lineBytes else {
            return nil
        }
        page = Int(load(UInt32.self, at: 8))
        walk = Int(load(UInt32.self, at: 12))
        fetched = load(Int64.self, at: 16)
        self.entries = Int(entries)
        self.lineBytes = Int(lineBytes)
        self.storedBytes = Int(storedBytes)
    }

    init(page: Int, walk: Int, fetched: Int64, entries: Int, lineBytes: Int, storedBytes: Int) {
        self.page = page
        self.walk = walk
        self.fetched = fetched
        self.entries = entries
        self.lineBytes = lineBytes
        self.storedBytes = storedBytes
    }
}

enum PartLimits {
    /// No API page comes near this; a number above it is damage, not data.
    static let pageBytes = 1 << 30
}
