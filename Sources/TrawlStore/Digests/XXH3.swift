import CXXHash

/// Guards blocks of an index against torn and rotten bytes. Not cryptographic: the file's SHA-256 is.
enum XXH3 {
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        XXH3_64bits(bytes.baseAddress, bytes.count)
    }
}
