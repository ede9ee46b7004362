/// A reply of the server, owned by Swift.
package enum RedisReply: Sendable, Equatable {
    case string([UInt8])
    case status(String)
    case integer(Int64)
    case null
    case array([RedisReply])
    /// `code` is the first word when it is in capitals, else empty.
    case error(code: String, message: String)
}

extension RedisReply {
    /// nil for a null reply, else the reply: `try reply.ifPresent?.text`.
    package var ifPresent: RedisReply? { self == .null ? nil : self }

    /// A string or a status, as UTF-8 text.
    package var text: String {
        get throws(RedisError) {
            switch self {
            case .status(let text): return text
            case .string(let bytes):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw mismatch("UTF-8 text") }
                return text
            default: throw mismatch("text")
            }
        }
    }

    /// A string or a status, byte for byte.
    package var bytes: [UInt8] {
        get throws(RedisError) {
            switch self {
            case .string(let bytes): return bytes
            case .status(let text): return Array(text.utf8)
            default: throw mismatch("bytes")
            }
        }
    }

    /// An integer, or a string that holds one in decimal (hash fields and GET answer in strings).
    package var integer: Int64 {
        get throws(RedisError) {
            switch self {
            case .integer(let number): return number
            case .string(let bytes):
                guard let number = Int64(String(decoding: bytes, as: UTF8.self)) else { throw mismatch("an integer") }
                return number
            default: throw mismatch("an integer")
            }
        }
    }

    package var array: [RedisReply] {
        get throws(RedisError) {
            guard case .array(let elements) = self else { throw mismatch("an array") }
            return elements
        }
    }

    /// Says kind and size, never content: replies may hold secrets.
    private var kind: String {
        switch self {
        case .string(let bytes): "a string of \(bytes.count) bytes"
        case .status: "a status"
        case .integer: "an integer"
        case .null: "null"
        case .array(let elements): "an array of \(elements.count)"
        case .error(let code, let message): "the error \(code) \(message)"
        }
    }

    private func mismatch(_ expected: String) -> RedisError { .unexpectedReply(expected: expected, got: kind) }
}
