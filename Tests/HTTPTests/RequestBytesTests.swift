import HTTP
import Testing

/// What goes over the wire, seen by a socket that interprets nothing.
@Suite(.timeLimit(.minutes(1)))
struct RequestBytesTests {
    private static let empty = "HTTP/1.1 204 No Content\r\n\r\n"

    @Test(arguments: [
        "abc+/==", "%2B", "a'b(c)*!~$,;:@", "..%2f../", "{\"o\":1}", "a|b^c", "<>", "\\", "[0]", "é", "a%zz%", "#",
        "#a?b",
        "a?b&c=d", "%",
    ])
    func `a target is sent byte for byte`(cursor: String) async throws {
        let server = RawServer(answers: [Self.empty])
        let target = "/a/../b/./c?cursor=\(cursor)"
        let response = try await HTTPClient().send(HTTPRequest(url: server.url, target: target))
        #expect(response.status == 204)
        let lines = await server.firstRequest().split(separator: "\r\n").map(String.init)
        #expect(lines.first == "GET \(target) HTTP/1.1")
        #expect(lines.contains("Host: 127.0.0.1:\(server.port)"))
    }

    @Test func `the whole request is the caller's and the few headers documented`() async throws {
        let server = RawServer(answers: [Self.empty])
        let request = HTTPRequest(
            method: "POST", url: server.url, target: "/query",
            headers: [("Content-Type", "application/json"), ("X-Empty", ""), ("x-ODD", "a: b ;c")],
            body: Array("{}".utf8))
        _ = try await HTTPClient().send(request)
        let lines = await server.firstRequest().split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(
            lines.map(String.init) == [
                "POST /query HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "Accept: */*",
                "Content-Type: application/json",
                "X-Empty:", "x-ODD: a: b ;c", "Accept-Encoding: gzip", "User-Agent: trawl/0.1", "Content-Length: 2", "",
                "{}",
            ])
    }

    @Test func `gzip is not offered and the agent is not ours when the request says so`() async throws {
        let server = RawServer(answers: [Self.empty])
        let request = HTTPRequest(url: server.url, headers: [("user-agent", "other")], acceptGzip: false)
        _ = try await HTTPClient().send(request)
        #expect(
            await server.firstRequest()
                == "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAccept: */*\r\nuser-agent: other\r\n\r\n")
    }

    @Test(arguments: ["POST", "PUT", "PATCH"])
    func `a method that expects a body announces its absence`(method: String) async throws {
        let server = RawServer(answers: [Self.empty])
        _ = try await HTTPClient().send(HTTPRequest(method: method, url: server.url))
        let text = await server.firstRequest()
        #expect(text.hasPrefix("\(method) / HTTP/1.1\r\n"))
        #expect(text.range(of: "\r\nContent-Length: 0\r\n") != nil)
    }

    @Test func `a large body waits for no permission`() async throws {
        let server = RawServer(answers: [Self.empty])
        let body = String(repeating: "x", count: 3 << 20)
        _ = try await HTTPClient().send(HTTPRequest(method: "POST", url: server.url, body: Array(body.utf8)))
        let text = await server.firstRequest()
        #expect(text.range(of: "Expect") == nil)
        #expect(text.hasSuffix(body))
    }

    @Test(arguments: [
        "", "a", "?q", "/a b", "/a\tb", "/a\r\nX: y", "/a\nb", "/a\u{0}b", "/a\u{7f}", "/a\u{1f}",
    ])
    func `a target that could break the request line is refused`(target: String) async {
        await expectRefusal(HTTPRequest(url: "http://127.0.0.1:9", target: target))
    }

    @Test(arguments: [
        ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\u{0}"), ("X\r\nY", "a"), ("X:", "a"), ("", "a"),
        ("X Y", "a"), ("content-length", "5"), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"),
        ("Accept-Encoding", "br"),
    ])
    func `a header that could smuggle another or contradict the client is refused`(name: String, value: String) async {
        await expectRefusal(HTTPRequest(url: "http://127.0.0.1:9", headers: [(name, value)]))
    }

    @Test(arguments: [
        "", "127.0.0.1", "ftp://127.0.0.1", "http://", "http://a/b", "http://a?b", "http://a#b", "http://u@a",
        "http://a b",
        "http://a\r\nb", "file:///etc/passwd",
    ])
    func `a url that is more or less than an origin is refused`(url: String) async {
        await expectRefusal(HTTPRequest(url: url))
    }

    @Test(arguments: ["", "GE T", "GET\r\n", "G\u{0}T"])
    func `a method that is not a token is refused`(method: String) async {
        await expectRefusal(HTTPRequest(method: method, url: "http://127.0.0.1:9"))
    }

    @Test func `limits that make no sense are refused`() async {
        await expectRefusal(HTTPRequest(url: "http://127.0.0.1:9", timeouts: HTTPTimeouts(connect: .zero)))
        let forever = HTTPTimeouts(total: .seconds(Int64.max))
        await expectRefusal(HTTPRequest(url: "http://127.0.0.1:9", timeouts: forever))
        await expectRefusal(HTTPRequest(url: "http://127.0.0.1:9", maximumBodySize: -1))
        await expectRefusal(HTTPRequest(method: "HEAD", url: "http://127.0.0.1:9", body: []))
    }

    private func expectRefusal(_ request: HTTPRequest, _ location: SourceLocation = #_sourceLocation) async {
        let error = await #expect(throws: HTTPError.self, sourceLocation: location) {
            try await HTTPClient().send(request)
        }
        guard case .invalidRequest = error else {
            Issue.record("\(String(describing: error))", sourceLocation: location)
            return
        }
    }
}
