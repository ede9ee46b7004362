import TrawlCore

/// Gives the lines of a bucket in order. One that is too large for memory is sorted in runs, which are then merged.
final class BucketSorter {
    private struct Item {
        let key: SortKey
        let line: StoredLine

        @inline(__always)
        static func precedes(_ left: Item, _ right: Item) -> Bool {
            left.key != right.key ? left.key < right.key : left.line.idPrecedes(right.line)
        }
    }

    private let limit: Int
    private let pool: ChunkPool
    private let overflow: OpenFile
    private let runsPath: String
    private let memory = RawBuffer()
    private var items: [Item] = []

    /// `overflow` is where buckets spilled to; `runsPath` is free for a scratch file.
    init(limit: Int, pool: ChunkPool, overflow: OpenFile, runsPath: String) {
        self.limit = limit
        self.pool = pool
        self.overflow = overflow
        self.runsPath = runsPath
    }

    /// Calls `body` with each line; the line is valid during the call.
    func forEachLine(
        of content: BucketContent, _ body: (StoredLine) throws(StoreError) -> Void
    ) throws(StoreError) {
        if content.bytes <= limit {
            memory.count = 0
            for extent in content.spilled { try load(extent) }
            collect(memory.bytes)
            for chunk in content.chunks { collect(chunk.bytes) }
            try emit(body)
            pool.recycle(content.chunks)
        } else {
            try mergeRuns(of: content, body)
        }
    }

    private func load(_ extent: ScratchFile.Extent) throws(StoreError) {
        memory.reserve(memory.count + extent.count)
        let room = UnsafeMutableRawBufferPointer(start: memory.base + memory.count, count: extent.count)
        try overflow.read(into: room, at: extent.offset)
        memory.count += extent.count
    }

    /// Notes the lines in `bytes`, which must stay where they are until they are emitted.
    private func collect(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        var offset = 0
        while offset < bytes.count {
            let line = StoredLine(at: base + offset)
            items.append(Item(key: line.key, line: line))
            offset += line.size
        }
    }

    private func emit(_ body: (StoredLine) throws(StoreError) -> Void) throws(StoreError) {
        items.sort(by: Item.precedes)
        defer { items.removeAll(keepingCapacity: true) }
        for item in items { try body(item.line) }
    }

    private func mergeRuns(
        of content: BucketContent, _ body: (StoredLine) throws(StoreError) -> Void
    ) throws(StoreError) {
        let scratch = try ScratchFile(runsPath)
        var runs: [SortedRun] = []
        let output = RawBuffer(capacity: 1 << 20)

        func endRun() throws(StoreError) {
            collect(memory.bytes)
            let begin = scratch.size
            try emit { (line) throws(StoreError) in
                output.append(UnsafeRawBufferPointer(start: line.at, count: line.size))
                if output.count >= 1 << 20 {
                    _ = try scratch.append(output.bytes)
                    output.count = 0
                }
            }
            _ = try scratch.append(output.bytes)
            output.count = 0
            runs.append(SortedRun(file: scratch.reader, begin: begin, end: scratch.size))
            memory.count = 0
        }

        memory.count = 0
        for extent in content.spilled {
            if memory.count > 0, memory.count + extent.count > limit { try endRun() }
            try load(extent)
        }
        for chunk in content.chunks {
            if memory.count > 0, memory.count + chunk.count > limit { try endRun() }
            memory.append(chunk.bytes)
        }
        if memory.count > 0 { try endRun() }
        pool.recycle(content.chunks)

        let window = min(1 << 20, max(64 << 10, limit / max(1, runs.count)))
        for run in runs { try run.start(window: window) }
        while true {
            var least: (run: SortedRun, item: Item)?
            for run in runs {
                guard let line = run.line else { continue }
                let item = Item(key: line.key, line: line)
                if least.map({ Item.precedes(item, $0.item) }) ?? true { least = (run, item) }
            }
            guard let (run, item) = least else { break }
            try body(item.line)
            try run.advance()
        }
    }
}

/// A run of sorted lines in a scratch file, read through a window.
private final class SortedRun {
    /// The line at the front; nil after the last.
    private(set) var line: StoredLine?
    private let file: OpenFile
    private var offset: Int
    private let end: Int
    private let buffer = RawBuffer()
    private var position = 0
    private var window = 0

    init(file: OpenFile, begin: Int, end: Int) {
        self.file = file
        offset = begin
        self.end = end
    }

    func start(window: Int) throws(StoreError) {
        self.window = window
        try find()
    }

    func advance() throws(StoreError) {
        if let line { position += line.size }
        try find()
    }

    private func find() throws(StoreError) {
        line = nil
        if buffer.count - position < StoredLine.headerSize { try refill(StoredLine.headerSize) }
        guard buffer.count - position >= StoredLine.headerSize else { return }
        let size = StoredLine(at: buffer.base + position).size
        if buffer.count - position < size { try refill(size) }
        line = StoredLine(at: buffer.base + position)
    }

    /// Moves what is left to the front and reads on, so that at least `needed` bytes are there unless the run ends.
    private func refill(_ needed: Int) throws(StoreError) {
        let rest = buffer.count - position
        buffer.base.copyMemory(from: buffer.base + position, byteCount: rest)
        buffer.count = rest
        position = 0
        let count = min(end - offset, max(window, needed) - rest)
        guard count > 0 else { return }
        buffer.reserve(rest + count)
        try file.read(into: UnsafeMutableRawBufferPointer(start: buffer.base + rest, count: count), at: offset)
        buffer.count += count
        offset += count
    }
}
