import CMicroHTTPD
import Glibc
import Guarded
import Synchronization

/// A small HTTP/1.1 server: one epoll thread inside libmicrohttpd, handlers in tasks.
///
/// A handler that waits costs no thread: its connection is suspended meanwhile. Connections are kept alive. Handlers of
/// different connections run concurrently; requests of one connection run one after the other. An answer that goes on for
/// as long as somebody listens is one kind of `Delivery`.
package final class HTTPServer: Sendable {
    /// The port listened on; the one the kernel chose if 0 was asked for.
    package let port: UInt16

    private struct Daemon: @unchecked Sendable {  // libmicrohttpd allows MHD_stop_daemon from any thread
        let pointer: OpaquePointer
    }

    private let responder: Responder
    private let daemon: Guarded<Daemon?>

    // Room for the request line and headers of one request: opaque cursors can be long.
    private static let connectionMemory = 64 << 10

    /// Listens and serves until `stop()`. Address 0.0.0.0 or :: means every interface.
    ///
    /// A request body over `maximumBodySize` bytes is answered with 413 and never reaches the handler. More than
    /// `connectionLimit` connections are not accepted, and one on which nothing moves is closed after `idleTimeout` seconds,
    /// unless a handler is at work on it or a stream waits; 0 keeps it.
    package init(
        address: String = "127.0.0.1", port: UInt16 = 0, maximumBodySize: Int, connectionLimit: UInt32 = 1 << 16,
        idleTimeout: UInt32 = 0,
        handler: @Sendable @escaping (HTTPServerRequest) async -> HTTPServerResponse
    ) throws(HTTPServerError) {
        let socket = try ListeningSocket(address: address, port: port)
        self.port = socket.port
        responder = Responder(maximumBodySize: maximumBodySize, handler: handler)
        // Unretained is enough: stop(), at the latest in deinit, ends the server thread before `responder` goes.
        let context = Unmanaged.passUnretained(responder).toOpaque()
        // On failure libmicrohttpd may or may not have closed the socket, so it is not closed a second time here.
        let started = CMicroHTTPD_start(
            socket.release(), Self.connectionMemory, connectionLimit, idleTimeout, requestAdvanced, targetSeen,
            exchangeCompleted, connectionChanged, context)
        guard let started else { throw .start(reason: String(cString: strerror(errno))) }
        daemon = Guarded(Daemon(pointer: started))
    }

    deinit { stop() }

    /// How many TCP connections were accepted so far.
    package var acceptedConnections: Int {
        responder.acceptedConnections.load(ordering: .relaxed)
    }

    /// Closes the socket and all connections and waits for the server thread. Handlers still at work are cancelled and
    /// their answers discarded. Later calls do nothing.
    package func stop() {
        let running = daemon.with { daemon in
            defer { daemon = nil }
            return daemon
        }
        guard let running else { return }
        responder.parked.close()
        MHD_stop_daemon(running.pointer)
    }
}

// The callbacks below run on the server thread. They are functions of the file, hence nonisolated: a closure written
// in an isolated context would trap there.

private func targetSeen(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    let responder = Unmanaged<Responder>.fromOpaque(context!).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: target, count: target.map { strlen($0) } ?? 0)
    return Unmanaged.passRetained(responder.makeExchange(target: Array(bytes))).toOpaque()
}

private func requestAdvanced(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ decodedPath: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ piece: UnsafePointer<CChar>?,
    _ pieceSize: UnsafeMutablePointer<Int>?, _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    let responder = Unmanaged<Responder>.fromOpaque(context!).takeUnretainedValue()
    guard let exchange = exchange?.pointee, let connection, let method, let pieceSize else { return .no }
    let bytes = UnsafeRawBufferPointer(start: piece, count: piece == nil ? 0 : pieceSize.pointee)
    let result = responder.advance(
        Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue(), on: Connection(pointer: connection),
        method: String(cString: method), piece: bytes)
    pieceSize.pointee = 0
    return result
}

private func exchangeCompleted(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let object = exchange?.pointee else { return }
    exchange?.pointee = nil
    Unmanaged<Exchange>.fromOpaque(object).release()
}

private func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard change == .started else { return }
    let responder = Unmanaged<Responder>.fromOpaque(context!).takeUnretainedValue()
    responder.acceptedConnections.add(1, ordering: .relaxed)
}
