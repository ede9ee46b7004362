import TrawlCore

/// An NDJSON file beside the result, written line by line.
final class SideFile {
    let name: String
    private let output: HashedOutput
    private let line = RawBuffer()

    init(_ name: String, in directory: String) throws(StoreError) {
        self.name = name
        output = try HashedOutput("\(directory)/\(name)", buffer: 256 << 10)
    }

    /// `build` appends one JSON object; the line feed comes by itself.
    func add(_ build: (RawBuffer) -> Void) throws(StoreError) {
        line.count = 0
        build(line)
        line.append("\n")
        try output.append(line.bytes)
    }

    func close() throws(StoreError) -> FileReference { try output.close(as: name) }
}
