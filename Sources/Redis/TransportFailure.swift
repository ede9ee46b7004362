import Glibc

/// Why a connection can no longer be used. It becomes a `RedisError` once it is known whose command it hit.
enum TransportFailure: Error {
    case failed(String)
    case timedOut
    /// The client was closed while its thread waited.
    case closed

    /// To be called before anything else can overwrite `errno`.
    static func system(_ code: Int32 = errno) -> TransportFailure { .failed(String(cString: strerror(code))) }

    var text: String {
        switch self {
        case .failed(let text): text
        case .timedOut: "timed out"
        case .closed: "the client was closed"
        }
    }
}
