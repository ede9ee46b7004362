/// Why a server could not be started.
package enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Neither an IPv4 nor an IPv6 address; names are not resolved.
    case invalidAddress(String)
    /// The address could not be listened on; `reason` is the text of errno.
    case listen(address: String, port: UInt16, reason: String)
    /// The socket is fine, the server thread is not.
    case start(reason: String)

    package var description: String {
        switch self {
        case .invalidAddress(let address): "HTTP server: \(address) is not an IP address"
        case .listen(let address, let port, let reason):
            "HTTP server: cannot listen on \(address) port \(port): \(reason)"
        case .start(let reason): "HTTP server: cannot start: \(reason)"
        }
    }
}
