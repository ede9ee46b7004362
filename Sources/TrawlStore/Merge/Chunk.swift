import Guarded

/// A piece of memory that whole stored lines are put into, one after the other.
final class Chunk: @unchecked Sendable {
    // Unchecked: a chunk has one owner at a time and is handed on as a whole.
    let base: UnsafeMutableRawPointer
    let capacity: Int
    fileprivate(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        base = PageMemory.allocate(capacity)
    }

    deinit {
        PageMemory.free(base, capacity)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func hasRoom(for size: Int) -> Bool { capacity - count >= size }

    /// Room for `size` bytes, which the caller fills.
    func claim(_ size: Int) -> UnsafeMutableRawPointer {
        let place = base + count
        count += size
        return place
    }
}

/// Keeps chunks for use again, so that memory stays what it is while lines stream through.
final class ChunkPool: Sendable {
    private let size: Int
    private let free = Guarded<[Chunk]>([])

    init(size: Int) {
        self.size = size
    }

    /// An empty chunk with room for a line of `needed` bytes.
    func chunk(for needed: Int) -> Chunk {
        if needed > size { return Chunk(capacity: needed) }
        return free.with { $0.popLast() } ?? Chunk(capacity: size)
    }

    func recycle(_ chunks: [Chunk]) {
        free.with { free in
            for chunk in chunks where chunk.capacity == size {
                chunk.count = 0
                free.append(chunk)
            }
        }
    }
}
