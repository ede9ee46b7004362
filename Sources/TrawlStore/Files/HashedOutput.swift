import Glibc
import TrawlCore

/// A new file that is written front to back through a buffer, and its SHA-256.
final class HashedOutput {
    let file: OpenFile
    /// Bytes given so far, those still in the buffer included.
    private(set) var bytes = 0
    private let buffer: RawBuffer
    private let limit: Int
    private var digest = SHA256()

    /// `buffer` bytes are collected before they are written; 0 writes each append at once.
    init(_ path: String, buffer limit: Int) throws(StoreError) {
        file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        self.limit = limit
        buffer = RawBuffer(capacity: limit)
    }

    func append(_ data: UnsafeRawBufferPointer) throws(StoreError) {
        bytes += data.count
        if data.count >= limit {
            try flush()
            try pass(data)
        } else {
            buffer.append(data)
            if buffer.count >= limit { try flush() }
        }
    }

    /// Hands everything to the kernel.
    func flush() throws(StoreError) {
        guard buffer.count > 0 else { return }
        try pass(buffer.bytes)
        buffer.count = 0
    }

    /// In slices that stay in the processor's cache between hashing and writing.
    private func pass(_ data: UnsafeRawBufferPointer) throws(StoreError) {
        var rest = data[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(256 << 10))
            digest.update(slice)
            try file.write(slice)
            rest = rest.dropFirst(slice.count)
        }
    }

    /// Makes the file durable and describes it under the name `path`.
    func close(as path: String) throws(StoreError) -> FileReference {
        try flush()
        try file.sync()
        return FileReference(path: path, bytes: bytes, sha256: digest.finish())
    }
}
