import CMicroHTTPD
import Glibc
import Guarded

/// One request on its way in and its response on the way out. Lives from the request line to the completed response.
final class Exchange: Sendable {
    private enum Phase: Sendable {
        case awaitingHeaders
        case receiving
        case handling
        case answered(HTTPServerResponse)
    }

    enum Step {
        case receive
        case handle(HTTPServerRequest)
        case answer(HTTPServerResponse)
        case abandon
    }

    private struct State: Sendable {
        var phase = Phase.awaitingHeaders
        var method = ""
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        var overflowed = false
    }

    private let target: [UInt8]
    private let maximumBodySize: Int
    private let state = Guarded(State())

    init(target: [UInt8], maximumBodySize: Int) {
        self.target = target
        self.maximumBodySize = maximumBodySize
    }

    /// What to do when libmicrohttpd calls: once after the headers, once per piece of the body, once after it, and once
    /// more after each resumption.
    func next(_ connection: Connection, method: String, piece: UnsafeRawBufferPointer) -> Step {
        state.with { state in
            switch state.phase {
            case .awaitingHeaders:
                state.method = method
                state.headers = requestHeaders(connection)
                state.body.reserveCapacity(expectedBodySize(state.headers))
                state.phase = .receiving
                return .receive
            case .receiving where !piece.isEmpty:
                // libmicrohttpd takes no response in the middle of a body, so an oversized one is read and forgotten.
                state.overflowed = state.overflowed || state.body.count + piece.count > maximumBodySize
                if state.overflowed { state.body = [] } else { state.body.append(contentsOf: piece) }
                return .receive
            case .receiving where state.overflowed:
                return .answer(
                    HTTPServerResponse(status: 413, body: Array("body over \(maximumBodySize) bytes\n".utf8)))
            case .receiving:
                state.phase = .handling
                let request = HTTPServerRequest(
                    method: state.method, target: target, headers: state.headers, body: state.body,
                    peer: peerAddress(connection))
                state.body = []
                return .handle(request)
            case .handling:
                return .abandon  // resumed without an answer: the server is stopping
            case .answered(let response):
                return .answer(response)
            }
        }
    }

    func answer(_ response: HTTPServerResponse) {
        state.with { $0.phase = .answered(response) }
    }

    private func expectedBodySize(_ headers: [(String, String)]) -> Int {
        let length = HTTPServerRequest(method: "", target: [], headers: headers).header("Content-Length")
        return min(max(length.flatMap { Int($0) } ?? 0, 0), maximumBodySize)
    }
}

private func requestHeaders(_ connection: Connection) -> [(String, String)] {
    var headers: [(String, String)] = []
    withUnsafeMutablePointer(to: &headers) { headers in
        _ = MHD_get_connection_values_n(
            connection.pointer, .header,
            { context, _, name, nameSize, value, valueSize in
                let headers = context!.assumingMemoryBound(to: [(String, String)].self)
                headers.pointee.append((text(name, nameSize), text(value, valueSize)))
                return .yes
            }, headers)
    }
    return headers
}

private func peerAddress(_ connection: Connection) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { space in
        let isKnown = CMicroHTTPD_peer(connection.pointer, space.baseAddress, socklen_t(space.count)) != 0
        return isKnown ? String(cString: space.baseAddress!) : ""
    }
}

private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
}
