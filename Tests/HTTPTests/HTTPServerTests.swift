import Glibc
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPServerTests {
    private func server(
        maximumBodySize: Int = 1 << 20, _ handler: @Sendable @escaping (HTTPServerRequest) async -> HTTPServerResponse
    ) throws -> HTTPServer {
        try HTTPServer(maximumBodySize: maximumBodySize, handler: handler)
    }

    private func get(_ target: String = "/", _ headers: String = "Connection: close\r\n") -> String {
        "GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
    }

    @Test(arguments: [
        "/plain", "/a%2Fb?c=%2B+", "/?a%zz%", "/x?y?z", "/?", "/a/../b?q={\"o\":1}|^[0]", "/p#f?é",
    ])
    func `the raw target reaches the handler byte for byte`(target: String) async throws {
        let server = try server { request in
            HTTPServerResponse(body: Array("\(request.path) \(request.query ?? "-") ".utf8) + request.target)
        }
        let answer = await rawExchange(port: server.port, get(target))
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(answer.body == "\(parts[0]) \(parts.count > 1 ? String(parts[1]) : "-") \(target)")
        server.stop()
    }

    @Test func `a connection that says nothing is closed, one whose handler takes its time is not`() async throws {
        let server = try HTTPServer(maximumBodySize: 0, idleTimeout: 1) { _ in
            // Longer than the time-out: it is about connections that nobody works on. Cancelled only when the server stops.
            try? await Task.sleep(for: .milliseconds(2500))
            return HTTPServerResponse(body: Array("late".utf8))
        }
        defer { server.stop() }
        async let silent = rawExchange(port: server.port, "GET / HT")
        async let slow = rawExchange(port: server.port, get())
        #expect(await silent.ending == .closed)
        #expect(await slow.body == "late")
    }

    @Test func `method, headers and body reach the handler and header names ignore case`() async throws {
        let server = try server { request in
            let text = "\(request.method) \(request.header("x-CURSOR") ?? "-") \(request.header("absent") ?? "-") "
            return HTTPServerResponse(
                status: 404, headers: [("X-Answer", "a"), ("X-Answer", "b")], body: Array(text.utf8) + request.body)
        }
        let answer = await rawExchange(
            port: server.port,
            "PUT / HTTP/1.1\r\nHost: x\r\nX-Cursor: one\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
        #expect(answer.statusLine == "HTTP/1.1 404 Not Found")
        #expect(answer.body == "PUT one - abc")
        #expect(answer.received.range(of: "X-Answer: a\r\nX-Answer: b\r\n") != nil)
        #expect(answer.received.range(of: "Content-Length: 13\r\n") != nil)
    }

    @Test func `a chunked request body is joined`() async throws {
        let server = try server { HTTPServerResponse(body: $0.body) }
        let answer = await rawExchange(
            port: server.port,
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        #expect(answer.body == "abcde")
    }

    @Test func `a body over the limit is refused and never handled`() async throws {
        let server = try server(maximumBodySize: 4) { _ in
            Issue.record("the handler ran")
            return HTTPServerResponse()
        }
        let answer = await rawExchange(
            port: server.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde")
        #expect(answer.statusLine.hasPrefix("HTTP/1.1 413"))
    }

    @Test func `one connection carries several requests`() async throws {
        let server = try server { HTTPServerResponse(body: Array($0.path.utf8)) }
        let answer = await rawExchange(port: server.port, get("/one", "") + get("/two", "") + get("/three"))
        #expect(answer.received.range(of: "/one") != nil && answer.received.range(of: "/two") != nil)
        #expect(answer.received.hasSuffix("/three"))
        #expect(server.acceptedConnections == 1)
    }

    @Test func `a reset comes after the promised number of bytes`() async throws {
        let server = try server { _ in HTTPServerResponse(body: Array("0123456789".utf8), delivery: .reset(after: 4)) }
        let answer = await rawExchange(port: server.port, get())
        #expect(answer.received.range(of: "Content-Length: 10\r\n") != nil)
        #expect(answer.body == "0123")
        #expect(answer.ending == .reset)
    }

    @Test(arguments: [(0, ""), (4, "0123"), (99, "012345678")])
    func `a truncated body ends in an orderly close`(after: Int, body: String) async throws {
        let server = try server { _ in
            HTTPServerResponse(body: Array("0123456789".utf8), delivery: .truncate(after: after))
        }
        let answer = await rawExchange(port: server.port, get("/", ""))
        #expect(answer.received.range(of: "Content-Length: 10\r\n") != nil)
        #expect(answer.body == body)
        #expect(answer.ending == .closed)
    }

    @Test func `faults on an empty body strike before the response`() async throws {
        let server = try server { request in
            switch request.path {
            case "/reset": HTTPServerResponse(delivery: .reset(after: 0))
            case "/truncate": HTTPServerResponse(delivery: .truncate(after: 0))
            default: HTTPServerResponse(delivery: .drop)
            }
        }
        #expect(await rawExchange(port: server.port, get("/reset")) == RawOutcome(received: "", ending: .reset))
        #expect(await rawExchange(port: server.port, get("/truncate")) == RawOutcome(received: "", ending: .closed))
        #expect(await rawExchange(port: server.port, get("/drop")) == RawOutcome(received: "", ending: .closed))
    }

    @Test func `a dripped body is complete and takes its time`() async throws {
        let server = try server { _ in
            HTTPServerResponse(
                body: Array("0123456789".utf8), delivery: .drip(chunk: 3, every: .milliseconds(20)))
        }
        let start = ContinuousClock.now
        let answer = await rawExchange(port: server.port, get())
        #expect(answer.body == "0123456789")
        #expect(ContinuousClock.now - start >= .milliseconds(60))
    }

    @Test func `a stream sends each piece when it comes, chunked, and ends with the last`() async throws {
        let pieces = Pieces()
        let server = try server { _ in HTTPServerResponse(delivery: .stream { await pieces.next() }) }
        let descriptor = connectToLoopback(port: server.port)
        defer { close(descriptor) }
        let request = Array(get().utf8)
        #expect(send(descriptor, request, request.count, 0) == request.count)
        // Nothing but the first piece is there to be read, and it is there before the second exists.
        await pieces.feed(Array("first".utf8))
        #expect(await received(descriptor, until: "first\r\n").contains("Transfer-Encoding: chunked"))
        await pieces.feed([UInt8](repeating: 0x78, count: 100_000) + Array("second".utf8))
        #expect(await received(descriptor, until: "second\r\n").utf8.count > 100_000)
        await pieces.feed(nil)
        #expect(await received(descriptor, until: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
    }

    @Test func `a stream whose client is gone is let go`() async throws {
        final class Life: Sendable {
            let ended: AsyncStream<Void>.Continuation
            init(_ ended: AsyncStream<Void>.Continuation) { self.ended = ended }
            deinit { ended.yield() }
        }
        let (ends, ended) = AsyncStream<Void>.makeStream()
        let server = try server { _ in
            let life = Life(ended)
            return HTTPServerResponse(
                delivery: .stream {
                    withExtendedLifetime(life) {}
                    try? await Task.sleep(for: .milliseconds(10))  // the pause between two events
                    return [0x78]
                })
        }
        let descriptor = connectToLoopback(port: server.port)
        let request = Array(get().utf8)
        #expect(send(descriptor, request, request.count, 0) == request.count)
        _ = await received(descriptor, until: "x\r\n")
        close(descriptor)
        var gone = ends.makeAsyncIterator()
        #expect(await gone.next() != nil)
    }

    @Test func `stop ends a stream that waits for its next piece`() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let server = try server { _ in
            HTTPServerResponse(
                delivery: .stream {
                    start.yield()
                    try? await Task.sleep(for: .seconds(3600))  // ends by the cancellation under test
                    return nil
                })
        }
        async let answer = rawExchange(port: server.port, get())
        var running = started.makeAsyncIterator()
        _ = await running.next()
        server.stop()
        #expect(await answer.received.hasPrefix("HTTP/1.1 200"))
    }

    @Test func `the client's address is told`() async throws {
        let server = try server { HTTPServerResponse(body: Array($0.peer.utf8)) }
        #expect(await rawExchange(port: server.port, get()).body == "127.0.0.1")
    }

    @Test func `a slow handler holds up nobody else`() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let server = try server { request in
            if request.path == "/slow" {
                for await _ in gate { break }
            }
            return HTTPServerResponse(body: Array(request.path.utf8))
        }
        async let slow = rawExchange(port: server.port, get("/slow"))
        // More of them than the pool has threads, and all before the slow one is let go.
        for _ in 0..<20 { #expect(await rawExchange(port: server.port, get("/quick")).body == "/quick") }
        open.finish()
        #expect(await slow.body == "/slow")
    }

    @Test func `stop cancels waiting handlers and drips and closes their connections`() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let server = try server { request in
            start.yield()
            if request.path == "/drip" {
                return HTTPServerResponse(body: [1, 2, 3], delivery: .drip(chunk: 1, every: .seconds(3600)))
            }
            try? await Task.sleep(for: .seconds(3600))  // ends by the cancellation under test
            return HTTPServerResponse()
        }
        async let handler = rawExchange(port: server.port, get("/wait"))
        async let drip = rawExchange(port: server.port, get("/drip"))
        var running = started.makeAsyncIterator()
        _ = await running.next()
        _ = await running.next()
        server.stop()
        server.stop()
        #expect(await handler.received == "")
        #expect(await drip.body.utf8.count < 3)
    }

    @Test func `an invalid response header is a visible failure`() async throws {
        let server = try server { _ in HTTPServerResponse(headers: [("X-Bad", "a\r\nb")]) }
        let answer = await rawExchange(port: server.port, get())
        #expect(answer.statusLine.hasPrefix("HTTP/1.1 500"))
        #expect(answer.body == "invalid response header X-Bad\n")
    }

    @Test func `a port in use is a clear error`() async throws {
        let first = try server { _ in HTTPServerResponse() }
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(port: first.port, maximumBodySize: 1) { _ in HTTPServerResponse() }
        }
        #expect(error == .listen(address: "127.0.0.1", port: first.port, reason: "Address already in use"))
        #expect(
            error?.description
                == "HTTP server: cannot listen on 127.0.0.1 port \(first.port): Address already in use")
        first.stop()
        // Free again, unless a connection of another test has just been given the number: then after a while.
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            do throws(HTTPServerError) {
                let again = try HTTPServer(port: first.port, maximumBodySize: 1) { _ in HTTPServerResponse() }
                #expect(again.port == first.port)
                return
            } catch {
                try #require(ContinuousClock.now < deadline, "\(error)")
                await Task.yield()
            }
        }
    }

    @Test func `a host name is not an address`() {
        #expect(throws: HTTPServerError.invalidAddress("localhost")) {
            try HTTPServer(address: "localhost", maximumBodySize: 1) { _ in HTTPServerResponse() }
        }
    }
}

/// What a test feeds a stream with; asked by one connection at a time. Nil ends the stream.
private actor Pieces {
    private var ready: [[UInt8]?] = []
    private var waiting: CheckedContinuation<[UInt8]?, Never>?

    func feed(_ piece: [UInt8]?) {
        if let waiting {
            self.waiting = nil
            waiting.resume(returning: piece)
        } else {
            ready.append(piece)
        }
    }

    func next() async -> [UInt8]? {
        if !ready.isEmpty { return ready.removeFirst() }
        return await withCheckedContinuation { waiting = $0 }
    }
}

/// Reads from the socket until what came ends like this, or the connection does.
private func received(_ descriptor: Int32, until end: String) async -> String {
    await withCheckedContinuation { continuation in
        onOwnThread {
            var all: [UInt8] = []
            var space = [UInt8](repeating: 0, count: 1 << 16)
            while !String(decoding: all, as: UTF8.self).hasSuffix(end) {
                let count = recv(descriptor, &space, space.count, 0)
                guard count > 0 else { break }
                all += space[..<count]
            }
            continuation.resume(returning: String(decoding: all, as: UTF8.self))
        }
    }
}
