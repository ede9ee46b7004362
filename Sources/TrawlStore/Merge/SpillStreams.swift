import TrawlCore

/// Many streams of fixed-size records that are written in any order and read back one by one. Each stream collects a
/// block in memory before it overflows into the one scratch file they share; small streams never touch the disk.
final class SpillStreams {
    private struct Stream {
        var buffer: RawBuffer?
        var extents: [ScratchFile.Extent] = []
    }

    private var streams: [Stream]
    private let blockBytes: Int
    private let path: String
    private var scratch: ScratchFile?

    /// `blockBytes` is what each stream may hold in memory.
    init(count: Int, blockBytes: Int, path: String) {
        streams = Array(repeating: Stream(), count: count)
        self.blockBytes = blockBytes
        self.path = path
    }

    @inline(__always)
    func append<Record: BitwiseCopyable>(_ record: Record, to stream: Int) throws(StoreError) {
        let size = MemoryLayout<Record>.stride
        let buffer: RawBuffer
        if let present = streams[stream].buffer {
            buffer = present
        } else {
            buffer = RawBuffer(capacity: min(blockBytes, 4096))
            streams[stream].buffer = buffer
        }
        if buffer.count + size > blockBytes, buffer.count > 0 { try spill(stream, buffer) }
        buffer.reserve(buffer.count + size)
        (buffer.base + buffer.count).storeBytes(of: record, as: Record.self)
        buffer.count += size
    }

    /// All records of the stream in the order they came, and forgets them.
    func take(_ stream: Int) throws(StoreError) -> RawBuffer {
        let rest = streams[stream].buffer
        let extents = streams[stream].extents
        streams[stream] = Stream()
        guard !extents.isEmpty, let scratch else { return rest ?? RawBuffer() }
        let spilled = extents.reduce(0) { $0 + $1.count }
        let all = RawBuffer(capacity: spilled + (rest?.count ?? 0))
        for extent in extents {
            let room = UnsafeMutableRawBufferPointer(start: all.base + all.count, count: extent.count)
            try scratch.reader.read(into: room, at: extent.offset)
            all.count += extent.count
        }
        if let rest { all.append(rest.bytes) }
        return all
    }

    private func spill(_ stream: Int, _ buffer: RawBuffer) throws(StoreError) {
        let scratch: ScratchFile
        if let present = self.scratch {
            scratch = present
        } else {
            scratch = try ScratchFile(path)
            self.scratch = scratch
        }
        streams[stream].extents.append(try scratch.append(buffer.bytes))
        buffer.count = 0
    }
}
