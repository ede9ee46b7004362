import Glibc
import TrawlCore

/// Cuts bytes that come in pieces into lines. Memory is bounded by the longest line.
final class LineSplitter {
    private let rest = RawBuffer()

    /// Whether the bytes so far end with a line feed, or there were none.
    var isAtLineEnd: Bool { rest.count == 0 }

    /// Forgets a line that has begun.
    func reset() { rest.count = 0 }

    /// Takes the next bytes, which may end anywhere, and passes on each line that is whole, without its line feed.
    func take(
        _ bytes: UnsafeRawBufferPointer, line: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard let base = bytes.baseAddress else { return }
        var position = 0
        while let feed = memchr(base + position, 0x0A, bytes.count - position) {
            let end = UnsafeRawPointer(feed) - base
            let piece = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
            if rest.count > 0 {
                rest.append(piece)
                try line(rest.bytes)
                rest.count = 0
            } else {
                try line(piece)
            }
            position = end + 1
            if position == bytes.count { return }
        }
        rest.append(UnsafeRawBufferPointer(rebasing: bytes[position...]))
    }
}
