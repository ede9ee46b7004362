import TrawlCore

/// Reads a part's index front to back, one page at a time, and checks what it reads: memory is bounded by a page.
final class IndexReader {
    let path: String
    let compression: Compression
    /// The page that ``next()`` went to.
    private(set) var block = IndexBlock(page: 0, walk: 0, fetched: 0, entries: 0, lineBytes: 0, storedBytes: 0)
    private let input: HashedInput
    private let header = RawBuffer()
    private let body = RawBuffer()
    private let whole = RawBuffer()

    /// `isHashing` is needed for ``finish(_:)``.
    init(_ path: String, isHashing: Bool = true) throws(StoreError) {
        self.path = path
        input = try HashedInput(path, isHashing: isHashing)
        let isPresent = try input.read(IndexFormat.headerSize, into: header)
        guard isPresent, let compression = IndexFormat.compression(of: header.bytes) else {
            throw .damaged(path: path, reason: "it does not begin like an index of this version")
        }
        self.compression = compression
    }

    /// Goes to the next page; false at the end.
    func next() throws(StoreError) -> Bool {
        let offset = input.bytes
        guard try input.read(IndexFormat.blockHeaderSize, into: header) else { return false }
        guard let block = IndexBlock(header: header.bytes) else { throw damage(offset) }
        guard try input.read(block.entries * IndexFormat.entrySize, into: body) else {
            throw .damaged(path: path, reason: "it ends in the middle, at byte \(input.bytes)")
        }
        whole.count = 0
        whole.append(UnsafeRawBufferPointer(rebasing: header.bytes[8...]))
        whole.append(body.bytes)
        guard UInt64(littleEndian: header.bytes.loadUnaligned(as: UInt64.self)) == XXH3.hash(whole.bytes) else {
            throw damage(offset)
        }
        self.block = block
        try checkEntries(offset)
        return true
    }

    /// An entry of the current page.
    @inline(__always)
    func entry(_ position: Int) -> RecordEntry {
        IndexFormat.entry(at: body.base + position * IndexFormat.entrySize).unsafelyUnwrapped  // checked by next()
    }

    /// Throws unless the index, read to its end, is the one an outcome names.
    func finish(_ reference: FileReference) throws(StoreError) {
        try input.check(reference)
    }

    /// Nothing later has to look at an entry with suspicion: lengths add up, and the id lies inside its line.
    private func checkEntries(_ offset: Int) throws(StoreError) {
        var sum = 0
        for position in 0..<block.entries {
            guard let entry = IndexFormat.entry(at: body.base + position * IndexFormat.entrySize), entry.length > 0,
                UInt64(entry.idOffset) + UInt64(entry.idLength) <= UInt64(entry.length)
            else { throw damage(offset) }
            sum += Int(entry.length)
        }
        guard sum == block.lineBytes else { throw damage(offset) }
    }

    private func damage(_ offset: Int) -> StoreError {
        .damaged(path: path, reason: "the block at byte \(offset) is not what was written")
    }
}
