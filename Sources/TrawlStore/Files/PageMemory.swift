import Glibc

/// Memory for buffers. Large ones go back to the system at once when they are freed: the allocator would keep them, and
/// the passes of a merge need memory of different sizes one after the other.
enum PageMemory {
    private static let largeSize = 128 << 10

    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        guard size >= largeSize else { return .allocate(byteCount: size, alignment: 64) }
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for \(size) bytes") }
        return memory
    }

    /// `size` is what was asked for.
    static func free(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        if size >= largeSize { munmap(memory, size) } else { memory.deallocate() }
    }
}
