import CZstd

/// Reads frames back, never more bytes than the caller allows.
struct ZstdDecompressor: ~Copyable {
    /// Why bytes are no frames.
    struct Failure: Error, Hashable {
        let reason: String
    }

    /// What a step of streaming decompression did.
    struct Step {
        let consumed: Int
        let produced: Int
        /// A frame has just ended; the input may end here.
        let isAtFrameEnd: Bool
    }

    private let context: OpaquePointer

    init() {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("no memory for a decompressor") }
        self.context = context
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    /// Replaces the content of `output` with that of the one frame in `input`, which must have exactly `size` bytes.
    func decompress(_ input: UnsafeRawBufferPointer, size: Int, into output: RawBuffer) throws(Failure) {
        output.reserve(size)
        let produced = ZSTD_decompressDCtx(context, output.base, size, input.baseAddress, input.count)
        if ZSTD_isError(produced) != 0 { throw Failure(reason: String(cString: ZSTD_getErrorName(produced))) }
        guard produced == size else { throw Failure(reason: "a frame holds \(produced) bytes instead of \(size)") }
        output.count = size
    }

    /// Decompresses as much of `input` as fits into `output`.
    func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(Failure) -> Step {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(context, &target, &source)
        if ZSTD_isError(result) != 0 { throw Failure(reason: String(cString: ZSTD_getErrorName(result))) }
        return Step(consumed: source.pos, produced: target.pos, isAtFrameEnd: result == 0)
    }
}
