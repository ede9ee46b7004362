import Glibc
import TrawlCore

/// Writes the sorted lines as `merged/date=…/part-NNNNN.ndjson[.zst]`. Where files and frames end depends on the lines
/// alone.
final class ResultWriter {
    private(set) var parts: [Manifest.Part] = []
    private(set) var open = 0
    private(set) var repeatedID = 0
    private let root: String
    private let compression: Compression
    private let sizes: MergeSizes
    private let openIDs: SideFile
    private let compressor: ZstdCompressor?
    private var days: DayNames
    private var day = ""
    private var partOfDay = 0
    private var output: HashedOutput?
    private var current = Manifest.Part(path: "", records: 0, lineBytes: 0, bytes: 0, sha256: "")
    private let batch: RawBuffer
    private let batchBytes: Int
    private let frame = RawBuffer()

    /// Files are made under `root`/merged.
    init(
        root: String, calendar: CalendarDays, compression: Compression, sizes: MergeSizes, openIDs: SideFile
    ) throws(StoreError) {
        self.root = root
        self.compression = compression
        self.sizes = sizes
        self.openIDs = openIDs
        compressor = compression == .zstd ? ZstdCompressor() : nil
        days = DayNames(calendar)
        // Without compression there are no frames, and a batch need not outgrow the processor's cache.
        batchBytes = compression == .zstd ? sizes.frame : min(sizes.frame, 256 << 10)
        batch = RawBuffer(capacity: batchBytes + (64 << 10))
        try Files.makeDirectory("\(root)/merged")
    }

    func append(_ line: StoredLine) throws(StoreError) {
        let start = line.key.start
        if !days.isSameDay(start) {
            try endPart()
            day = days.name(of: start)
            partOfDay = 0
        }
        if current.lineBytes >= sizes.part { try endPart() }
        if output == nil { try beginPart() }
        batch.append(line.bytes)
        current.records += 1
        current.lineBytes += line.bytes.count
        if batch.count >= batchBytes { try flush() }
        let flags = line.flags
        if flags.contains(.repeatedID) { repeatedID += 1 }
        if flags.contains(.open) {
            open += 1
            try openIDs.add { text in
                text.append("{\"conversationId\":\"")
                text.append(line.idToken)
                text.append("\"}")
            }
        }
    }

    /// After the last line.
    func close() throws(StoreError) {
        try endPart()
        try Files.syncDirectory("\(root)/merged")
    }

    private func beginPart() throws(StoreError) {
        if partOfDay == 0 { try Files.makeDirectory("\(root)/merged/date=\(day)") }
        let digits = String(partOfDay)
        let number = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        let path = "merged/date=\(day)/part-\(number).\(compression.suffix)"
        output = try HashedOutput("\(root)/\(path)", buffer: 0)
        current = Manifest.Part(path: path, records: 0, lineBytes: 0, bytes: 0, sha256: "")
        partOfDay += 1
    }

    private func flush() throws(StoreError) {
        guard let output, batch.count > 0 else { return }
        if compressor == nil {
            try output.append(batch.bytes)
        } else {
            compressor?.compress(batch.bytes, into: frame)
            try output.append(frame.bytes)
        }
        batch.count = 0
    }

    private func endPart() throws(StoreError) {
        guard let output else { return }
        try flush()
        let file = try output.close(as: current.path)
        current.bytes = file.bytes
        current.sha256 = file.sha256
        parts.append(current)
        current.lineBytes = 0
        self.output = nil
        try Files.syncDirectory("\(root)/merged/date=\(day)")
    }
}
