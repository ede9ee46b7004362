/// Why a request has no response. `host` is `host[:port]`.
package enum HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Phase: String, Sendable, Equatable {
        case connect
        case noProgress = "progress"
        case total
    }

    /// Nothing was sent: the request itself cannot be put on the wire.
    case invalidRequest(reason: String)
    case connect(host: String, reason: String)
    case timeout(host: String, phase: Phase)
    /// Reset, ended early, or not HTTP.
    case transfer(host: String, reason: String)
    case bodyTooLarge(host: String, limit: Int)
    /// A content encoding that is broken, unknown or was not offered.
    case encoding(host: String, reason: String)
    case tls(host: String, reason: String)
    /// The server's certificate is not from a trusted authority, is not for this host, or is out of date.
    case certificate(host: String, reason: String)
    /// The task that sent the request was cancelled.
    case cancelled
    /// The client was closed.
    case closed

    package var description: String {
        switch self {
        case .invalidRequest(let reason): "invalid HTTP request: \(reason)"
        case .connect(let host, let reason): "HTTP \(host): cannot connect: \(reason)"
        case .timeout(let host, let phase): "HTTP \(host): timed out (\(phase.rawValue))"
        case .transfer(let host, let reason): "HTTP \(host): transfer failed: \(reason)"
        case .bodyTooLarge(let host, let limit): "HTTP \(host): response body over \(limit) bytes"
        case .encoding(let host, let reason): "HTTP \(host): content encoding: \(reason)"
        case .tls(let host, let reason): "HTTP \(host): TLS: \(reason)"
        case .certificate(let host, let reason): "HTTP \(host): its certificate is refused: \(reason)"
        case .cancelled: "HTTP request cancelled"
        case .closed: "HTTP client is closed"
        }
    }
}
