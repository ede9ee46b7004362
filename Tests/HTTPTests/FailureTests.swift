import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    private let body = [UInt8](repeating: 1, count: 1000)

    private func failure(_ request: HTTPRequest) async -> HTTPError? {
        await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
    }

    private func failure(raw answer: String) async -> HTTPError? {
        await failure(HTTPRequest(url: RawServer(answers: [answer]).url))
    }

    private func isTransfer(_ error: HTTPError?) -> Bool {
        if case .transfer = error { true } else { false }
    }

    @Test func `a broken delivery is a transfer error that names host and cause`() async throws {
        for delivery in [
            Delivery.reset(after: 100), .reset(after: 0), .truncate(after: 999), .truncate(after: 0), .drop,
        ] {
            let server = try HTTPServer(maximumBodySize: 0) { [body] _ in
                HTTPServerResponse(body: body, delivery: delivery)
            }
            let error = await failure(HTTPRequest(url: server.url))
            #expect(isTransfer(error), "\(delivery): \(String(describing: error))")
            #expect(error?.description.hasPrefix("HTTP \(server.host): transfer failed: ") == true)
        }
    }

    @Test(arguments: [
        "", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
    ])
    func `an answer that is not whole HTTP is a transfer error`(answer: String) async {
        let error = await failure(raw: answer)
        #expect(isTransfer(error), "\(String(describing: error))")
    }

    @Test func `a closed port is a connect error`() async throws {
        // Bound and not listening: nobody else can have the port meanwhile.
        let closed = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(closed) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { address in
            try address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try #require(bind(closed, address, length) == 0 && getsockname(closed, address, &length) == 0)
            }
        }
        let host = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let error = await failure(HTTPRequest(url: "http://\(host)"))
        guard case .connect(host, _) = error else { throw error! }
    }

    @Test func `TLS spoken to a plain server is a TLS error`() async throws {
        let server = try HTTPServer(maximumBodySize: 0) { _ in HTTPServerResponse() }
        let error = await failure(HTTPRequest(url: "https://\(server.host)"))
        guard case .tls(server.host, _) = error else { throw error! }
    }

    @Test func `a handshake without answer ends in the connect time-out`() async {
        let server = RawServer(answers: [nil])
        let error = await failure(
            HTTPRequest(
                url: "https://127.0.0.1:\(server.port)", timeouts: HTTPTimeouts(connect: .milliseconds(100))))
        #expect(error == .timeout(host: "127.0.0.1:\(server.port)", phase: .connect))
    }

    @Test func `an answer that never comes ends in the progress time-out`() async {
        let server = RawServer(answers: [nil])
        let start = ContinuousClock.now
        let error = await failure(
            HTTPRequest(url: server.url, timeouts: HTTPTimeouts(noProgress: .milliseconds(100))))
        #expect(error == .timeout(host: "127.0.0.1:\(server.port)", phase: .noProgress))
        #expect(ContinuousClock.now - start >= .milliseconds(100))
    }

    @Test func `a body that stalls ends in the progress time-out`() async throws {
        let server = try HTTPServer(maximumBodySize: 0) { [body] _ in
            HTTPServerResponse(body: body, delivery: .drip(chunk: 999, every: .seconds(3600)))
        }
        let error = await failure(
            HTTPRequest(url: server.url, timeouts: HTTPTimeouts(noProgress: .milliseconds(100))))
        #expect(error == .timeout(host: server.host, phase: .noProgress))
    }

    @Test func `a body that trickles ends in the total time-out`() async throws {
        let server = try HTTPServer(maximumBodySize: 0) { [body] _ in
            HTTPServerResponse(body: body, delivery: .drip(chunk: 1, every: .milliseconds(10)))
        }
        let timeouts = HTTPTimeouts(total: .milliseconds(400))
        let error = await failure(HTTPRequest(url: server.url, timeouts: timeouts))
        #expect(error == .timeout(host: server.host, phase: .total))
    }

    @Test func `the total time-out runs while a request waits for a connection`() async throws {
        let (reached, reach) = AsyncStream<Void>.makeStream()
        let server = try HTTPServer(maximumBodySize: 0) { _ in
            reach.yield()
            try? await Task.sleep(for: .seconds(3600))  // ends when the server stops
            return HTTPServerResponse()
        }
        let client = HTTPClient(maximumConnectionsPerHost: 1)
        let url = server.url
        let first = Task { try await client.send(HTTPRequest(url: url)) }
        for await _ in reached { break }
        await #expect(throws: HTTPError.timeout(host: server.host, phase: .total)) {
            try await client.send(HTTPRequest(url: url, timeouts: HTTPTimeouts(total: .milliseconds(50))))
        }
        first.cancel()
        await #expect(throws: HTTPError.cancelled) { try await first.value }
    }
}
