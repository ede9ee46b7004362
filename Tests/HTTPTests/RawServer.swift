import Glibc

/// A server that shows the exact bytes of each request and answers with exact bytes, one connection after the other.
///
/// Each answer serves one connection and one request; after sending it the server closes, or holds the connection open
/// without a word if `answer` is nil. Nothing listens any more after the last one.
struct RawServer: Sendable {
    let port: UInt16
    /// One element per request: its head and, with Content-Length, its body.
    let requests: AsyncStream<String>

    var url: String { "http://127.0.0.1:\(port)" }

    init(answers: [String?]) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopbackAddress(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let ready = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        precondition(ready, "no loopback port")
        port = UInt16(bigEndian: address.sin_port)
        let (requests, sink) = AsyncStream<String>.makeStream()
        self.requests = requests
        onOwnThread {
            for answer in answers { serve(listener, answer, sink) }
            close(listener)
            sink.finish()
        }
    }

    func firstRequest() async -> String {
        for await request in requests { return request }
        return ""
    }
}

private func serve(_ listener: Int32, _ answer: String?, _ sink: AsyncStream<String>.Continuation) {
    let connection = accept(listener, nil, nil)
    defer { close(connection) }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while answer == nil || !isWhole(received) {
        let count = recv(connection, &buffer, buffer.count, 0)
        if count <= 0 { break }
        received.append(contentsOf: buffer[..<count])
    }
    sink.yield(String(decoding: received, as: UTF8.self))
    let bytes = Array((answer ?? "").utf8)
    _ = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
}

private func isWhole(_ request: [UInt8]) -> Bool {
    // No head in these tests is longer, and searching the whole of a large body after each piece is slow.
    let text = String(decoding: request.prefix(4096), as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return false }
    guard let length = text.range(of: "Content-Length: ") else { return true }
    let digits = text[length.upperBound...].prefix { $0.isNumber }
    return request.count - text[..<end.upperBound].utf8.count >= Int(digits) ?? 0
}
