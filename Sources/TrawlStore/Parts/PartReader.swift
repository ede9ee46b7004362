import TrawlCore

/// Reads a part and its index side by side, one page at a time, and checks both against the outcome that names them.
final class PartReader {
    let index: IndexReader
    private let outcome: PartOutcome
    private let input: HashedInput
    private let decompressor = ZstdDecompressor()
    private let stored = RawBuffer()
    private let page = RawBuffer()
    private var lines = 0
    private var lineBytes = 0

    init(root: String, outcome: PartOutcome) throws(StoreError) {
        self.outcome = outcome
        index = try IndexReader("\(root)/\(outcome.index.path)")
        input = try HashedInput("\(root)/\(outcome.part.path)", buffer: 1 << 20)
    }

    /// The lines of the current page.
    var bytes: UnsafeRawBufferPointer { page.bytes }

    /// Goes to the next page. False at the end, after part and index have been found to be what the outcome says.
    func next() throws(StoreError) -> Bool {
        guard try index.next() else {
            try finish()
            return false
        }
        let block = index.block
        let target = index.compression == .none ? page : stored
        guard try input.read(block.storedBytes, into: target) else {
            throw .damaged(path: input.path, reason: "it ends at byte \(input.bytes), before its index does")
        }
        switch index.compression {
        case .none:
            guard block.storedBytes == block.lineBytes else { throw damage("its index tells another size") }
        case .zstd:
            do throws(ZstdDecompressor.Failure) {
                try decompressor.decompress(stored.bytes, size: block.lineBytes, into: page)
            } catch {
                throw damage(error.reason)
            }
        }
        lines += block.entries
        lineBytes += block.lineBytes
        return true
    }

    /// The page has another shape than its index says.
    func damage(_ reason: String) -> StoreError {
        .damaged(path: input.path, reason: "in the page that ends at byte \(input.bytes), \(reason)")
    }

    private func finish() throws(StoreError) {
        try index.finish(outcome.index)
        if try input.read(1, into: stored) {
            throw .damaged(path: input.path, reason: "it goes on after the end of its index")
        }
        try input.check(outcome.part)
        guard lines == outcome.lines, lineBytes == outcome.lineBytes else {
            throw .damaged(
                path: input.path,
                reason:
                    "it has \(lines) lines of \(lineBytes) bytes instead of \(outcome.lines) of \(outcome.lineBytes)")
        }
    }
}
