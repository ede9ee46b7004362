import CMicroHTTPD
import Glibc

/// A response body that libmicrohttpd reads where it lies, or piece by piece when a fault is to be imitated.
final class ResponseBody {
    private let bytes: [UInt8]
    private let delivery: Delivery
    private let connection: Connection
    private let parked: ParkedConnections
    private var mayDrip = true

    init(_ response: HTTPServerResponse, connection: Connection, parked: ParkedConnections) {
        bytes = response.body
        delivery = response.delivery
        self.connection = connection
        self.parked = parked
    }

    /// A libmicrohttpd response that keeps this body alive until the last byte is sent; nil when out of memory.
    func makeResponse() -> OpaquePointer? {
        let context = Unmanaged.passRetained(self).toOpaque()
        let release: MHD_ContentReaderFreeCallback = { Unmanaged<ResponseBody>.fromOpaque($0!).release() }
        let response: OpaquePointer?
        if case .whole = delivery {
            // The pointer outlives the closure, which holds because `bytes` is native array storage that is never
            // mutated and that `context` keeps alive until `release`.
            response = bytes.withUnsafeBytes {
                MHD_create_response_from_buffer_with_free_callback_cls(
                    $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), release, context)
            }
        } else {
            response = MHD_create_response_from_callback(
                UInt64(bytes.count), blockSize,
                { context, position, space, size in
                    let body = Unmanaged<ResponseBody>.fromOpaque(context!).takeUnretainedValue()
                    return body.copy(from: Int(position), to: space!, atMost: size)
                }, context, release)
        }
        if response == nil { Unmanaged<ResponseBody>.fromOpaque(context).release() }
        return response
    }

    private var blockSize: Int {
        if case .drip(let chunk, _) = delivery { max(1, min(chunk, 1 << 20)) } else { 64 << 10 }
    }

    /// The content reader: how many bytes were copied, 0 to be asked again after a pause, or the error that makes
    /// libmicrohttpd close the socket. It is asked again only when everything copied before was handed to the kernel.
    private func copy(from position: Int, to space: UnsafeMutablePointer<CChar>, atMost size: Int) -> Int {
        let limit: Int
        switch delivery {
        case .whole, .drop, .stream:
            limit = bytes.count
        case .truncate(let after):
            limit = faultPosition(after)
            if position >= limit { return endWithError }
        case .reset(let after):
            limit = faultPosition(after)
            if position >= limit {
                resetOnClose(connection)
                return endWithError
            }
        case .drip(let chunk, let pause):
            guard mayDrip else {
                mayDrip = true
                // Cancellation, the only error of the sleep, means that the server stops: the connection closes anyway.
                return parked.park(connection) { try? await Task.sleep(for: pause) } ? 0 : endWithError
            }
            mayDrip = false
            limit = min(bytes.count, position + max(1, chunk))
        }
        let count = min(size, limit - position)
        bytes.withUnsafeBytes { _ = memcpy(space, $0.baseAddress! + position, count) }
        return count
    }

    private func faultPosition(_ after: Int) -> Int {
        min(max(0, after), bytes.count - 1)
    }

    private var endWithError: Int { -2 }  // MHD_CONTENT_READER_END_WITH_ERROR, a macro with a cast
}

/// Makes the coming close of the socket a TCP reset instead of an orderly end.
///
/// libmicrohttpd shuts the sending side down before it closes, and a client could take that for the orderly end. The
/// reset therefore goes out now: connecting a TCP socket to "unspecified" aborts its connection.
func resetOnClose(_ connection: Connection) {
    let descriptor = CMicroHTTPD_socket(connection.pointer)
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    var nowhere = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: sockaddr().sa_data)
    Glibc.connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
}
