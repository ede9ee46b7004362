import CDeflate

/// Why a gzip body could not be inflated.
enum GzipError: Error, Equatable {
    case corrupt
    case tooLarge
}

/// Inflates a gzip body of one or more members. Never allocates more than `limit` and the padding.
///
/// Throws `.tooLarge` when the output would exceed `limit` bytes and `.corrupt` for anything that is not a sequence of
/// whole gzip members with right checksums, an empty input included. The padding behind the output is zero.
func gunzip(_ input: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
    let decompressor = Decompressor()
    var capacity = min(limit, expectedSize(input))
    while true {
        switch decompressor.inflate(input, capacity: capacity) {
        case .success(let output): return output
        case .failure(.corrupt): throw .corrupt
        case .failure(.tooLarge):
            // Starting over costs at most as much again as the last attempt; libdeflate has no streaming.
            guard capacity < limit else { throw .tooLarge }
            capacity = min(limit, capacity * 2)
        }
    }
}

/// The size the last member claims for itself, but no more than deflate can possibly make of so few bytes.
private func expectedSize(_ input: [UInt8]) -> Int {
    let claimed = input.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let highestRatio = 1032
    return max(64, min(claimed, input.count * highestRatio))
}

private struct Decompressor: ~Copyable {
    private let handle: OpaquePointer

    init() {
        guard let handle = libdeflate_alloc_decompressor() else { fatalError("out of memory") }
        self.handle = handle
    }

    deinit { libdeflate_free_decompressor(handle) }

    borrowing func inflate(_ input: [UInt8], capacity: Int) -> Result<[UInt8], GzipError> {
        var failure: GzipError?
        let output = [UInt8](unsafeUninitializedCapacity: capacity + HTTPResponse.padding) { space, count in
            var consumed = 0
            repeat {
                var taken = 0
                var produced = 0
                let result = input.withUnsafeBytes { bytes in
                    libdeflate_gzip_decompress_ex(
                        handle, bytes.baseAddress.map { $0 + consumed }, bytes.count - consumed,
                        space.baseAddress! + count, capacity - count, &taken, &produced)
                }
                guard result == LIBDEFLATE_SUCCESS else {
                    failure = result == LIBDEFLATE_INSUFFICIENT_SPACE ? .tooLarge : .corrupt
                    return
                }
                consumed += taken
                count += produced
            } while consumed < input.count
            (space.baseAddress! + count).initialize(repeating: 0, count: HTTPResponse.padding)
        }
        if let failure { return .failure(failure) }
        return .success(output)
    }
}
