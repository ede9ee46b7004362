import CHiredis

/// hiredis' incremental parser: bytes in, replies out. Replies may nest seven deep, the limit of hiredis 0.14.
struct ReplyReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() {
        guard let reader = redisReaderCreate() else { fatalError("out of memory") }
        self.reader = reader
    }

    deinit { redisReaderFree(reader) }

    /// Whether bytes wait that belong to no complete reply taken so far.
    var hasLeftover: Bool { reader.pointee.pos < reader.pointee.len || reader.pointee.ridx >= 0 }

    func feed(_ bytes: UnsafeRawBufferPointer) throws(TransportFailure) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw violation }
    }

    /// The next complete reply, or nil until more bytes are fed. After a throw the reader is useless.
    func next() throws(TransportFailure) -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw violation }
        guard let object else { return nil }
        defer { freeReplyObject(object) }
        return RedisReply(object.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private var violation: TransportFailure {
        var text = reader.pointee.errstr
        return .failed(
            withUnsafeBytes(of: &text) {
                "not a Redis reply: " + String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            })
    }
}

extension RedisReply {
    fileprivate init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_STRING: self = .string(reply.bytes)
        case REDIS_REPLY_STATUS: self = .status(String(decoding: reply.bytes, as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_ARRAY:
            self = .array((0..<reply.elements).map { RedisReply(reply.element[$0]!.pointee) })
        case REDIS_REPLY_ERROR: self.init(error: String(decoding: reply.bytes, as: UTF8.self))
        default: self = .null
        }
    }

    private init(error text: String) {
        let code = text.prefix { $0 != " " }
        let isCode = !code.isEmpty && code.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        let message = isCode ? text.dropFirst(code.count).drop { $0 == " " } : text[...]
        self = .error(code: isCode ? String(code) : "", message: String(message))
    }
}

extension redisReply {
    fileprivate var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: str, count: len)) }
}
