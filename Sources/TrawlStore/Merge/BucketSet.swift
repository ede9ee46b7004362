import TrawlCore

/// All lines of one bucket, in no order: first those that overflowed, then those in memory.
struct BucketContent: Sendable {
    let spilled: [ScratchFile.Extent]
    let chunks: [Chunk]
    let bytes: Int
}

/// Collects lines by bucket, within a budget of memory: when it is exceeded, the bucket with most lines in memory
/// overflows to the scratch file.
final class BucketSet {
    private struct Bucket {
        var chunks: [Chunk] = []
        var resident = 0
        var spilled: [ScratchFile.Extent] = []
        var bytes = 0
    }

    private var buckets: [Bucket]
    private var resident = 0
    private let budget: Int
    private let pool: ChunkPool
    private let scratch: ScratchFile

    init(count: Int, budget: Int, pool: ChunkPool, scratch: ScratchFile) {
        buckets = Array(repeating: Bucket(), count: count)
        self.budget = budget
        self.pool = pool
        self.scratch = scratch
    }

    @inline(__always)
    func append(_ entry: RecordEntry, _ line: UnsafeRawPointer, to bucket: Int) throws(StoreError) {
        let size = StoredLine.headerSize + Int(entry.length)
        let chunk: Chunk
        if let last = buckets[bucket].chunks.last, last.hasRoom(for: size) {
            chunk = last
        } else {
            chunk = try newChunk(size, bucket)
        }
        StoredLine.write(entry, line, to: chunk.claim(size))
        buckets[bucket].bytes += size
    }

    /// Hands a bucket over, and forgets it.
    func take(_ bucket: Int) -> BucketContent {
        let content = buckets[bucket]
        resident -= content.resident
        buckets[bucket] = Bucket()
        return BucketContent(spilled: content.spilled, chunks: content.chunks, bytes: content.bytes)
    }

    private func newChunk(_ size: Int, _ bucket: Int) throws(StoreError) -> Chunk {
        let chunk = pool.chunk(for: size)
        buckets[bucket].chunks.append(chunk)
        buckets[bucket].resident += chunk.capacity
        resident += chunk.capacity
        while resident > budget, let fullest = buckets.indices.max(by: { buckets[$0].resident < buckets[$1].resident })
        {
            if try !spill(fullest, keeping: chunk) { break }
        }
        return chunk
    }

    /// Moves all chunks of a bucket but `kept` to the scratch file. False when there is none to move.
    private func spill(_ bucket: Int, keeping kept: Chunk) throws(StoreError) -> Bool {
        let chunks = buckets[bucket].chunks.filter { $0 !== kept }
        guard !chunks.isEmpty else { return false }
        for chunk in chunks {
            buckets[bucket].spilled.append(try scratch.append(chunk.bytes))
            buckets[bucket].resident -= chunk.capacity
            resident -= chunk.capacity
        }
        buckets[bucket].chunks.removeAll { $0 !== kept }
        pool.recycle(chunks)
        return true
    }
}
