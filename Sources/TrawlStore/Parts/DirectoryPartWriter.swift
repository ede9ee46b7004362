import Glibc
import TrawlCore

/// Writes one attempt's part and index in a directory store.
///
/// The lines of a page are one zstd frame, or plain bytes. Both files are new: a part is never reused or amended.
/// After an append failed the part is worthless; `discard` is all that is left to do.
final class DirectoryPartWriter: PartWriter, @unchecked Sendable {
    // Unchecked, because the protocol promises one task at a time.
    private let root: String
    private let partPath: String
    private let indexPath: String
    private let journal: OpenFile
    private var hasPages = false
    private let compression: Compression
    private let part: HashedOutput
    private let index: HashedOutput
    private let compressor: ZstdCompressor?
    private let frame = RawBuffer()
    private let block = RawBuffer()
    private var lines = 0
    private var lineBytes = 0
    private var lastSlot: Int64 = 0
    private var failure: StoreError?

    /// `leftover` decides how the part is compressed: it begins with that one's bytes.
    init(root: String, name: String, compression: Compression, continuing leftover: Leftover? = nil) throws(StoreError)
    {
        self.root = root
        let compression = leftover?.compression ?? compression
        self.compression = compression
        partPath = "parts/\(name).\(compression.suffix)"
        indexPath = "parts/\(name).index"
        compressor = compression == .zstd ? ZstdCompressor() : nil
        part = try HashedOutput("\(root)/\(partPath)", buffer: 0)
        do {
            index = try HashedOutput("\(root)/\(indexPath)", buffer: 0)
            let header = RawBuffer()
            IndexFormat.header(compression).withUnsafeBytes { header.append($0) }
            try index.append(header.bytes)
            journal = try OpenFile(WalkJournal.path(root, name), O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
        } catch {
            unlink("\(root)/\(partPath)")
            unlink("\(root)/\(indexPath)")
            throw error
        }
        guard let leftover else { return }
        do throws(StoreError) {
            try take(leftover)
        } catch {
            discard()
            throw error
        }
    }

    private func take(_ leftover: Leftover) throws(StoreError) {
        let (part, index) = (part, index)
        try leftover.copy(
            part: { bytes throws(StoreError) in try part.append(bytes) },
            index: { bytes throws(StoreError) in try index.append(bytes) })
        for (line, page) in zip(leftover.lines, leftover.walk.pages) {
            try journal.write(WalkJournal.encode(line))
            lines += page.entries.count
            lineBytes += page.entries.reduce(0) { $0 + Int($1.length) }
            if !page.entries.isEmpty { lastSlot = max(lastSlot, page.note.fetched) }
        }
        hasPages = true
    }

    func append(_ records: PageRecords, _ note: PageNote) throws {
        if let failure { throw failure }
        precondition(
            records.entries.reduce(0) { $0 + Int($1.length) } == records.lines.count,
            "a page's entries describe other lines than it has")
        do throws(StoreError) {
            var check: UInt64?
            if !records.entries.isEmpty {
                let stored = try appendLines(records.lines)
                check = stored.check
                try appendBlock(
                    IndexBlock(
                        page: note.number, walk: note.walk, fetched: note.fetched, entries: records.entries.count,
                        lineBytes: records.lines.count, storedBytes: stored.bytes), records.entries)
                lastSlot = max(lastSlot, note.fetched)
            }
            try journal.write(
                WalkJournal.encode(
                    WalkJournal.Line(
                        note: note, entries: records.entries.count, partBytes: part.bytes, indexBytes: index.bytes,
                        check: check ?? XXH3.hash(UnsafeRawBufferPointer(start: nil, count: 0)))))
        } catch {
            failure = error
            throw error
        }
        hasPages = true
        lines += records.entries.count
        lineBytes += records.lines.count
    }

    func close() throws -> FinishedPart {
        if let failure { throw failure }
        let finished = try FinishedPart(
            part: part.close(as: partPath), index: index.close(as: indexPath), lines: lines, lineBytes: lineBytes,
            lastSlot: lastSlot)
        try Files.syncDirectory("\(root)/parts")
        return finished
    }

    func discard() {
        // What cannot be removed now is named by no outcome, and a sweep takes it.
        unlink("\(root)/\(partPath)")
        unlink("\(root)/\(indexPath)")
        unlink(journal.path)
    }

    func suspend() {
        if !hasPages { discard() }
    }

    /// Returns the bytes the part grew by, and their check sum.
    private func appendLines(_ lines: [UInt8]) throws(StoreError) -> (bytes: Int, check: UInt64) {
        let result = lines.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                compressor?.compress(bytes, into: frame)
                let stored = compressor == nil ? bytes : frame.bytes
                try part.append(stored)
                return (stored.count, XXH3.hash(stored))
            }
        }
        return try result.get()
    }

    private func appendBlock(_ header: IndexBlock, _ entries: [RecordEntry]) throws(StoreError) {
        let size = IndexFormat.blockHeaderSize + entries.count * IndexFormat.entrySize
        block.reserve(size)
        block.count = size
        for (position, entry) in entries.enumerated() {
            IndexFormat.write(
                entry, to: block.base + IndexFormat.blockHeaderSize + position * IndexFormat.entrySize)
        }
        header.seal(UnsafeMutableRawBufferPointer(start: block.base, count: size))
        try index.append(block.bytes)
    }
}
