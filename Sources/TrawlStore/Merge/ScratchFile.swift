import Glibc
import TrawlCore

/// Overflow of memory: a nameless file that is only appended to and goes away with this object.
final class ScratchFile {
    struct Extent {
        let offset: Int
        let count: Int
    }

    private let file: OpenFile
    private(set) var size = 0

    init(_ path: String) throws(StoreError) {
        file = try OpenFile(path, O_RDWR | O_CREAT | O_EXCL)
        unlink(path)
    }

    /// One thread appends.
    func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> Extent {
        let extent = Extent(offset: size, count: bytes.count)
        try file.write(bytes, at: size)
        size += bytes.count
        return extent
    }

    /// The descriptor, for reading what has been appended from any thread.
    var reader: OpenFile { file }
}
