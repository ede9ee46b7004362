import CZstd

/// Makes one frame per call. A frame's bytes depend on its input alone: the context is reset before each, and the
/// content size is in the frame, so readers know what to reserve.
struct ZstdCompressor: ~Copyable {
    private let context: OpaquePointer

    /// Level 1 beats level 3 on conversation records, in speed and in size.
    init(level: Int32 = 1) {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("no memory for a compressor") }
        self.context = context
        Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))
        Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1))
        Self.check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    /// Replaces the content of `output` with the frame.
    func compress(_ input: UnsafeRawBufferPointer, into output: RawBuffer) {
        output.reserve(ZSTD_compressBound(input.count))
        let written = ZSTD_compress2(context, output.base, output.capacity, input.baseAddress, input.count)
        Self.check(written)
        output.count = written
    }

    /// With an output of the size zstd asks for, only a fault of ours makes compression fail.
    private static func check(_ result: Int) {
        precondition(ZSTD_isError(result) == 0, "zstd: \(String(cString: ZSTD_getErrorName(result)))")
    }
}
