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

    init(root: String, name: String, compression: Compression) throws(StoreError) {
        self.root = root
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
        } catch {
            unlink("\(root)/\(partPath)")
            throw error
        }
    }

    func append(_ records: PageRecords, page: Int, walk: Int, fetched: Slot) throws {
        if let failure { throw failure }
        guard !records.entries.isEmpty else { return }
        precondition(
            records.entries.reduce(0) { $0 + Int($1.length) } == records.lines.count,
            "a page's entries describe other lines than it has")
        do throws(StoreError) {
            let stored = try appendLines(records.lines)
            try appendBlock(
                IndexBlock(
                    page: page, walk: walk, fetched: fetched.time, entries: records.entries.count,
                    lineBytes: records.lines.count, storedBytes: stored), records.entries)
        } catch {
            failure = error
            throw error
        }
        lines += records.entries.count
        lineBytes += records.lines.count
        lastSlot = max(lastSlot, fetched.time)
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
    }

    /// Returns the bytes the part grew by.
    private func appendLines(_ lines: [UInt8]) throws(StoreError) -> Int {
        let before = part.bytes
        let result = lines.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                if compressor == nil {
                    try part.append(bytes)
                } else {
                    compressor?.compress(bytes, into: frame)
                    try part.append(frame.bytes)
                }
            }
        }
        try result.get()
        return part.bytes - before
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
