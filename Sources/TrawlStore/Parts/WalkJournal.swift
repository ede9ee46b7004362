import FoundationEssentials
import Glibc
import TrawlCore

/// What an attempt has of its shard so far: a line of JSON for every page, written after the page's lines and entries.
/// Where part and index go on after the last line, their tails are torn and count for nothing.
enum WalkJournal {
    struct Line: Codable {
        var note: PageNote
        /// Records of the page.
        var entries: Int
        /// Where part and index end after the page.
        var partBytes: Int
        var indexBytes: Int
        /// XXH3-64 of what the page added to the part. The index guards itself.
        var check: UInt64
    }

    static let folder = "walks"

    static func path(_ root: String, _ attempt: String) -> String { "\(root)/\(folder)/\(attempt).ndjson" }

    static func encode(_ line: Line) -> [UInt8] {
        do {
            return try Array(JSONEncoder().encode(line)) + [0x0A]
        } catch {
            preconditionFailure("a journal's line does not encode: \(error)")
        }
    }

    /// The attempts that a shard's journals are of.
    static func attempts(_ root: String, of shard: ShardID) throws(StoreError) -> [String] {
        try (Files.names(in: "\(root)/\(folder)") ?? []).filter { $0.hasPrefix("\(shard).") }.compactMap(attempt)
    }

    /// The attempt that a journal of this name is of; nil for another file.
    static func attempt(_ name: String) -> String? {
        name.hasSuffix(".ndjson") ? String(name.dropLast(7)) : nil
    }

    /// The whole lines of a journal; what follows a torn one is not believed.
    static func lines(_ path: String) throws(StoreError) -> [Line] {
        guard let bytes = try Files.read(path) else { return [] }
        var lines: [Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(rest[..<end])) else { break }
            lines.append(line)
            rest = rest[(end + 1)...]
        }
        return lines
    }
}

/// The files of an attempt that ended without an outcome, checked and read.
struct Leftover {
    let compression: Compression
    let lines: [WalkJournal.Line]
    let walk: RecordedWalk
    private let partPath: String
    private let indexPath: String

    /// Nil where nothing is left that can be used.
    init?(root: String, attempt: String) throws(StoreError) {
        let recorded = try WalkJournal.lines(WalkJournal.path(root, attempt))
        guard !recorded.isEmpty else { return nil }
        indexPath = "\(root)/parts/\(attempt).index"
        guard Files.exists(indexPath), let index = try? IndexReader(indexPath, isHashing: false) else { return nil }
        compression = index.compression
        partPath = "\(root)/parts/\(attempt).\(compression.suffix)"
        guard let part = try OpenFile.ifPresent(partPath) else { return nil }
        var good: [WalkJournal.Line] = []
        var pages: [RecordedWalk.RecordedPage] = []
        var (partEnd, indexEnd) = (0, IndexFormat.headerSize)
        let stored = RawBuffer()
        for line in recorded {
            guard line.partBytes >= partEnd, line.partBytes - partEnd <= 2 * PartLimits.pageBytes else { break }
            stored.count = 0
            stored.reserve(line.partBytes - partEnd)
            stored.count = line.partBytes - partEnd
            let target = UnsafeMutableRawBufferPointer(start: stored.base, count: stored.count)
            guard (try? part.read(into: target, at: partEnd)) != nil, XXH3.hash(stored.bytes) == line.check else {
                break
            }
            var entries: [RecordEntry] = []
            if line.entries > 0 {
                guard (try? index.next()) == true, index.block.entries == line.entries,
                    index.block.page == line.note.number, index.block.walk == line.note.walk
                else { break }
                entries = (0..<line.entries).map(index.entry)
                indexEnd += IndexFormat.blockHeaderSize + line.entries * IndexFormat.entrySize
            }
            guard line.indexBytes == indexEnd else { break }
            partEnd = line.partBytes
            good.append(line)
            pages.append(RecordedWalk.RecordedPage(note: line.note, entries: entries))
        }
        guard !good.isEmpty else { return nil }
        lines = good
        walk = RecordedWalk(attempt: attempt, pages: pages)
    }

    /// Only the first pages: whoever wrote it may have gone on since.
    func cut(to count: Int) -> Leftover { Leftover(self, count: count) }

    private init(_ whole: Leftover, count: Int) {
        compression = whole.compression
        lines = Array(whole.lines.prefix(count))
        walk = RecordedWalk(attempt: whole.walk.attempt, pages: Array(whole.walk.pages.prefix(count)))
        partPath = whole.partPath
        indexPath = whole.indexPath
    }

    /// Hands the recorded bytes of part and index on, the index without its header.
    func copy(
        part: (UnsafeRawBufferPointer) throws(StoreError) -> Void,
        index: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let last = lines.last else { return }
        try Self.copy(partPath, from: 0, to: last.partBytes, into: part)
        try Self.copy(indexPath, from: IndexFormat.headerSize, to: last.indexBytes, into: index)
    }

    private static func copy(
        _ path: String, from start: Int, to end: Int, into output: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        let file = try OpenFile(path, O_RDONLY)
        let buffer = RawBuffer(capacity: 1 << 20)
        var offset = start
        while offset < end {
            buffer.count = min(1 << 20, end - offset)
            try file.read(into: UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.count), at: offset)
            try output(buffer.bytes)
            offset += buffer.count
        }
    }
}
