import HTTP
import HTTPServer
import Testing

/// Connections, cancellation and the end of a client.
@Suite(.timeLimit(.minutes(1)))
struct ClientLifeTests {
    /// Answers with the request's target; `/hang` only when the server stops.
    private final class Fixture: Sendable {
        let server: HTTPServer
        let hanging: AsyncStream<Void>

        init() throws {
            let (hanging, hang) = AsyncStream<Void>.makeStream()
            self.hanging = hanging
            server = try HTTPServer(maximumBodySize: 0) { request in
                if request.path == "/hang" {
                    hang.yield()
                    try? await Task.sleep(for: .seconds(3600))  // ends when the server stops
                }
                return HTTPServerResponse(body: request.target)
            }
        }

        func request(_ target: String) -> HTTPRequest { HTTPRequest(url: server.url, target: target) }
    }

    @Test func `requests one after the other share one connection`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient()
        for number in 0..<50 {
            #expect(try await client.send(fixture.request("/\(number)")).body == Array("/\(number)".utf8))
        }
        #expect(fixture.server.acceptedConnections == 1)
    }

    @Test func `256 concurrent requests share eight connections and keep their answers`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient(maximumConnectionsPerHost: 8)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<256 {
                group.addTask {
                    try await client.send(fixture.request("/\(number)")).body == Array("/\(number)".utf8)
                }
            }
            for try await right in group { #expect(right) }
        }
        #expect((1...8).contains(fixture.server.acceptedConnections))
    }

    @Test func `a cancelled task throws at once and frees its connection`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient(maximumConnectionsPerHost: 1)
        let task = Task { try await client.send(fixture.request("/hang")) }
        for await _ in fixture.hanging { break }
        task.cancel()
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        #expect(try await client.send(fixture.request("/after")).status == 200)
    }

    @Test func `a request that waits for a connection gets the one a cancelled task held`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient(maximumConnectionsPerHost: 1)
        let holder = Task { try await client.send(fixture.request("/hang")) }
        for await _ in fixture.hanging { break }
        async let waiting = client.send(fixture.request("/waiting"))
        // A request to another origin needs no free connection here, and its answer shows that the loop has seen
        // everything sent before it.
        _ = try await client.send(HTTPRequest(url: "http://localhost:\(fixture.server.port)"))
        holder.cancel()
        #expect(try await waiting.body == Array("/waiting".utf8))
    }

    @Test func `waiting for a connection is not connecting`() async throws {
        let server = try HTTPServer(maximumBodySize: 0) { request in
            HTTPServerResponse(
                body: Array("0123".utf8),
                delivery: request.path == "/slow" ? .drip(chunk: 1, every: .milliseconds(100)) : .whole)
        }
        let client = HTTPClient(maximumConnectionsPerHost: 1)
        let timeouts = HTTPTimeouts(connect: .milliseconds(100))
        async let slow = client.send(HTTPRequest(url: server.url, target: "/slow", timeouts: timeouts))
        async let waiting = client.send(HTTPRequest(url: server.url, target: "/slow", timeouts: timeouts))
        #expect(try await slow.status == 200)
        #expect(try await waiting.status == 200)
        #expect(server.acceptedConnections == 1)
    }

    @Test func `a task cancelled before it sends never sends`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(fixture.request("/"))
        }
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        #expect(fixture.server.acceptedConnections == 0)
    }

    @Test func `cancellation racing with completion has one outcome per request`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient(maximumConnectionsPerHost: 4)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let task = Task { try await client.send(fixture.request("/\(number)")) }
                    if number % 2 == 0 { await Task.yield() }
                    task.cancel()
                    switch await task.result {
                    case .success(let response): #expect(response.body == Array("/\(number)".utf8))
                    case .failure(let error): #expect(error as? HTTPError == .cancelled)
                    }
                }
            }
        }
        #expect(try await client.send(fixture.request("/after")).status == 200)
    }

    @Test func `failed requests leave nothing behind that hurts later ones`() async throws {
        let server = try HTTPServer(maximumBodySize: 0) { request in
            HTTPServerResponse(body: [1, 2, 3], delivery: request.path == "/fail" ? .reset(after: 1) : .whole)
        }
        let closed = try HTTPServer(maximumBodySize: 0) { _ in HTTPServerResponse() }
        closed.stop()
        let client = HTTPClient(maximumConnectionsPerHost: 2)
        for _ in 0..<20 {
            await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: closed.url)) }
            await #expect(throws: HTTPError.self) {
                try await client.send(HTTPRequest(url: server.url, target: "/fail"))
            }
            await #expect(throws: HTTPError.bodyTooLarge(host: server.host, limit: 2)) {
                try await client.send(HTTPRequest(url: server.url, maximumBodySize: 2))
            }
            #expect(try await client.send(HTTPRequest(url: server.url)).body == [1, 2, 3])
        }
    }

    @Test func `closing fails what is under way and what comes later`() async throws {
        let fixture = try Fixture()
        let client = HTTPClient(maximumConnectionsPerHost: 2)
        // Two are being answered, two wait for a connection.
        let tasks = (0..<4).map { _ in Task { try await client.send(fixture.request("/hang")) } }
        var hanging = fixture.hanging.makeAsyncIterator()
        _ = await hanging.next()
        _ = await hanging.next()
        client.close()
        for task in tasks { await #expect(throws: HTTPError.closed) { try await task.value } }
        await #expect(throws: HTTPError.closed) { try await client.send(fixture.request("/")) }
        client.close()
    }

    @Test func `a connection dropped while idle is replaced without an error`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        let server = RawServer(answers: [answer, answer])
        let client = HTTPClient()
        for _ in 0..<2 { #expect(try await client.send(HTTPRequest(url: server.url)).status == 200) }
    }
}
