import TrawlCore

/// Hashes a file and counts its lines, decompressing where its name says so.
struct LineCounter {
    let path: String

    /// Lines of the file; its text goes to `reader` piece by piece. Throws unless the file is what `reference` says.
    func count(
        _ reference: FileReference, reader: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) -> Int {
        let input = try HashedInput(path)
        let isCompressed = path.hasSuffix(".zst")
        let decompressor = ZstdDecompressor()
        let block = RawBuffer()
        let text = RawBuffer(capacity: 1 << 20)
        var lines = 0
        var isWhole = true
        while input.bytes < reference.bytes {
            guard try input.read(min(1 << 20, reference.bytes - input.bytes), into: block) else { break }
            guard isCompressed else {
                lines += Self.lineFeeds(block.bytes)
                try reader(block.bytes)
                continue
            }
            var offset = 0
            var isFull = false
            // A full output buffer means that the decompressor may hold back more, even without more input.
            while offset < block.count || isFull {
                let rest = UnsafeRawBufferPointer(rebasing: block.bytes[offset...])
                let room = UnsafeMutableRawBufferPointer(start: text.base, count: text.capacity)
                let step: ZstdDecompressor.Step
                do throws(ZstdDecompressor.Failure) {
                    step = try decompressor.step(rest, into: room)
                } catch {
                    throw .damaged(path: path, reason: error.reason)
                }
                offset += step.consumed
                isWhole = step.isAtFrameEnd
                isFull = step.produced == room.count
                let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<step.produced])
                lines += Self.lineFeeds(piece)
                try reader(piece)
            }
        }
        try finish(input, reference, block)
        guard isWhole else { throw .damaged(path: path, reason: "its last frame does not end") }
        return lines
    }

    /// Throws unless the file is what `reference` says.
    func check(_ reference: FileReference) throws(StoreError) {
        let input = try HashedInput(path)
        let block = RawBuffer()
        while input.bytes < reference.bytes {
            guard try input.read(min(1 << 20, reference.bytes - input.bytes), into: block) else { break }
        }
        try finish(input, reference, block)
    }

    private func finish(_ input: HashedInput, _ reference: FileReference, _ block: RawBuffer) throws(StoreError) {
        if try input.read(1, into: block) {
            throw .damaged(path: path, reason: "it has more than its \(reference.bytes) bytes")
        }
        try input.check(reference)
    }

    private static func lineFeeds(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    }
}
