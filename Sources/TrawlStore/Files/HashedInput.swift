import Glibc
import TrawlCore

/// A file that is read front to back through a buffer, and its SHA-256.
final class HashedInput {
    let path: String
    /// Bytes handed out so far.
    private(set) var bytes = 0
    private let file: OpenFile
    private let buffer: RawBuffer
    private var position = 0
    private var digest = SHA256()
    private let isHashing: Bool

    init(_ path: String, buffer capacity: Int = 256 << 10, isHashing: Bool = true) throws(StoreError) {
        self.path = path
        self.isHashing = isHashing
        file = try OpenFile(path, O_RDONLY)
        buffer = RawBuffer(capacity: capacity)
    }

    /// Replaces the content of `target` with the next `count` bytes. False at the end of the file, where not a single
    /// byte is left; a file that ends in between is damaged.
    func read(_ count: Int, into target: RawBuffer) throws(StoreError) -> Bool {
        target.count = 0
        target.reserve(count)
        while target.count < count {
            let missing = count - target.count
            if position < buffer.count {
                let taken = min(missing, buffer.count - position)
                target.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[position..<(position + taken)]))
                position += taken
                continue
            }
            let direct = missing >= buffer.capacity
            let room =
                direct
                ? UnsafeMutableRawBufferPointer(start: target.base + target.count, count: missing)
                : UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.capacity)
            let received = try file.read(into: room)
            if received == 0 {
                if target.count == 0 { return false }
                throw .damaged(path: path, reason: "it ends in the middle, at byte \(bytes + target.count)")
            }
            if isHashing { digest.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<received])) }
            if direct {
                target.count += received
            } else {
                buffer.count = received
                position = 0
            }
        }
        bytes += count
        return true
    }

    /// The SHA-256 of the file, once all of it has been read.
    func finish() -> String { digest.finish() }

    /// Throws unless the file, read to its end, is what `reference` says.
    func check(_ reference: FileReference) throws(StoreError) {
        guard bytes == reference.bytes else {
            throw .damaged(path: path, reason: "it has \(bytes) bytes instead of \(reference.bytes)")
        }
        let found = finish()
        guard found == reference.sha256 else {
            throw .damaged(path: path, reason: "its SHA-256 is \(found) instead of \(reference.sha256)")
        }
    }
}
