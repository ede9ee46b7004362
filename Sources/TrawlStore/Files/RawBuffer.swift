/// Growable memory that is not cleared when it grows and never shrinks: pages and batches are built in it again and
/// again.
final class RawBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    var count = 0

    init(capacity: Int = 0) {
        self.capacity = max(64, capacity)
        base = PageMemory.allocate(self.capacity)
    }

    deinit {
        PageMemory.free(base, capacity)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Makes room for `size` bytes in all; the content up to `count` stays.
    func reserve(_ size: Int) {
        guard size > capacity else { return }
        let larger = max(size, capacity + capacity / 2)
        let moved = PageMemory.allocate(larger)
        moved.copyMemory(from: base, byteCount: count)
        PageMemory.free(base, capacity)
        base = moved
        capacity = larger
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(count + bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
}
