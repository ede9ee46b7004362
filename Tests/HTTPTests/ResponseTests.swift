import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ResponseTests {
    @Test func `status, headers and body arrive as sent`() async throws {
        let answer =
            "HTTP/1.1 404 Nowhere\r\nX-One: 1\r\nx-two:  b \r\nX-One: 2\r\nX-Folded: a\r\n b\r\nContent-Length: 3\r\n\r\nabc"
        let response = try await HTTPClient().send(HTTPRequest(url: RawServer(answers: [answer]).url))
        #expect(response.status == 404)
        #expect(response.headers.map(\.0) == ["X-One", "x-two", "X-One", "X-Folded", "Content-Length"])
        #expect(response.header("x-one") == "1")
        #expect(response.header("X-TWO") == "b")
        #expect(response.header("X-Folded") == "a b")
        #expect(response.header("X-Three") == nil)
        #expect(response.body == Array("abc".utf8))
        #expect(response.wireBytes == 3)
        #expect(response.timeToFirstByte > .zero)
    }

    @Test func `interim responses and trailers leave no trace`() async throws {
        let answer =
            "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Late: 1\r\n\r\n"
        let response = try await HTTPClient().send(HTTPRequest(url: RawServer(answers: [answer]).url))
        #expect(response.status == 200)
        #expect(response.headers.map(\.0) == ["Transfer-Encoding"])
        #expect(response.body == Array("abcde".utf8))
    }

    @Test func `a redirect is a response like any other`() async throws {
        let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
        let response = try await HTTPClient().send(HTTPRequest(url: RawServer(answers: [answer]).url))
        #expect(response.status == 302)
        #expect(response.header("Location") == "http://127.0.0.1:9/")
    }

    @Test func `an answer to HEAD has a length and no body`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n"
        let request = HTTPRequest(method: "HEAD", url: RawServer(answers: [answer]).url, maximumBodySize: 10)
        let response = try await HTTPClient().send(request)
        #expect(response.header("Content-Length") == "1000")
        #expect(response.body.isEmpty)
    }

    @Test func `a body of 20 MB arrives whole and padded`() async throws {
        // Filled and compared in bulk: in a debug build a loop over the bytes keeps a pool thread busy for seconds, which
        // the timing tests beside this one would feel.
        let block = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 / 7) }
        var body: [UInt8] = []
        for _ in 0..<(20 << 20) / block.count { body += block }
        let sent = body + [1, 2, 3]
        let server = try HTTPServer(maximumBodySize: 0) { _ in HTTPServerResponse(body: sent) }
        let response = try await HTTPClient().send(HTTPRequest(url: server.url))
        try #require(response.body.count == sent.count)
        let difference = response.body.withUnsafeBytes { got in
            sent.withUnsafeBytes { memcmp(got.baseAddress!, $0.baseAddress!, got.count) }
        }
        #expect(difference == 0)
        #expect(response.wireBytes == sent.count)
        #expect(response.body.capacity >= response.body.count + HTTPResponse.padding)
    }

    @Test func `a large request body arrives whole`() async throws {
        let server = try HTTPServer(maximumBodySize: 4 << 20) { HTTPServerResponse(body: $0.body) }
        let body = [UInt8](repeating: 7, count: 4 << 20)
        let response = try await HTTPClient().send(HTTPRequest(method: "POST", url: server.url, body: body))
        #expect(response.body == body)
    }

    @Test func `a body of just the limit is accepted and one byte more is not`() async throws {
        let server = try HTTPServer(maximumBodySize: 0) { _ in HTTPServerResponse(body: [1, 2, 3, 4]) }
        let client = HTTPClient()
        #expect(try await client.send(HTTPRequest(url: server.url, maximumBodySize: 4)).body.count == 4)
        await #expect(throws: HTTPError.bodyTooLarge(host: server.host, limit: 3)) {
            try await client.send(HTTPRequest(url: server.url, maximumBodySize: 3))
        }
    }

    @Test func `a body of unknown length is stopped at the limit`() async throws {
        let raw = RawServer(answers: [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
        ])
        await #expect(throws: HTTPError.bodyTooLarge(host: "127.0.0.1:\(raw.port)", limit: 5)) {
            try await HTTPClient().send(HTTPRequest(url: raw.url, maximumBodySize: 5))
        }
    }

    @Test func `a response head without end is stopped`() async throws {
        let line = "X-Long: " + String(repeating: "x", count: 50_000) + "\r\n"
        let raw = RawServer(answers: ["HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 10) + "\r\n"])
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(HTTPRequest(url: raw.url)) }
        guard case .transfer(_, let reason) = error else { throw error! }
        #expect(reason.hasPrefix("response head over"))
    }
}

extension HTTPServer {
    var host: String { "127.0.0.1:\(port)" }
    var url: String { "http://\(host)" }
}
