import CDeflate

/// gzip at its fastest level.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    guard let compressor = libdeflate_alloc_compressor(1) else { fatalError("out of memory") }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_gzip_compress_bound(compressor, bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
        count = libdeflate_gzip_compress(compressor, bytes, bytes.count, buffer.baseAddress, bound)
    }
}

/// The checksum that gzip files carry, as eight hexadecimal digits.
struct Checksum: Sendable {
    private var value: UInt32 = 0

    mutating func add(_ bytes: [UInt8]) {
        value = libdeflate_crc32(value, bytes, bytes.count)
    }

    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
