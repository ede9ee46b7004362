import CMicroHTTPD
import Synchronization

/// What the C callbacks work on: the handler, the limits and the parked connections.
final class Responder: Sendable {
    let parked = ParkedConnections()
    let acceptedConnections = Atomic<Int>(0)
    private let maximumBodySize: Int
    private let handler: @Sendable (HTTPServerRequest) async -> HTTPServerResponse

    init(maximumBodySize: Int, handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse) {
        self.maximumBodySize = maximumBodySize
        self.handler = handler
    }

    func makeExchange(target: [UInt8]) -> Exchange {
        Exchange(target: target, maximumBodySize: maximumBodySize)
    }

    func advance(
        _ exchange: Exchange, on connection: Connection, method: String, piece: UnsafeRawBufferPointer
    ) -> MHD_Result {
        switch exchange.next(connection, method: method, piece: piece) {
        case .receive:
            return .yes
        case .handle(let request):
            let handler = handler
            return parked.park(connection) { exchange.answer(await handler(request)) } ? .yes : .no
        case .answer(let response):
            return queue(response, on: connection)
        case .abandon:
            return .no
        }
    }

    /// `.no` makes libmicrohttpd close the connection without a response.
    private func queue(_ response: HTTPServerResponse, on connection: Connection) -> MHD_Result {
        switch response.delivery {
        case .drop:
            return .no
        case .truncate where response.body.isEmpty:
            return .no
        case .reset where response.body.isEmpty:
            resetOnClose(connection)
            return .no
        case .whole, .stream, .drip, .truncate, .reset:
            break
        }
        guard let raw = makeResponse(response, on: connection) else { return .no }
        defer { MHD_destroy_response(raw) }
        for (name, value) in response.headers where MHD_add_response_header(raw, name, value) != .yes {
            return queue(
                HTTPServerResponse(status: 500, body: Array("invalid response header \(name)\n".utf8)), on: connection)
        }
        return MHD_queue_response(connection.pointer, UInt32(response.status), raw)
    }

    private func makeResponse(_ response: HTTPServerResponse, on connection: Connection) -> OpaquePointer? {
        if case .stream(let next) = response.delivery {
            return ResponseStream(connection: connection, parked: parked, next: next).makeResponse()
        }
        return ResponseBody(response, connection: connection, parked: parked).makeResponse()
    }
}
