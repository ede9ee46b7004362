import CDeflate
import HTTP
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ContentEncodingTests {
    private let text = Array(String(repeating: "{\"conversationId\":\"é\"}\n", count: 10_000).utf8)

    private func send(
        _ body: [UInt8], encoding: String, acceptGzip: Bool = true, limit: Int = 1 << 20
    ) async throws -> HTTPResponse {
        let server = try HTTPServer(maximumBodySize: 0) { _ in
            HTTPServerResponse(headers: [("Content-Encoding", encoding)], body: body)
        }
        return try await HTTPClient().send(
            HTTPRequest(url: server.url, acceptGzip: acceptGzip, maximumBodySize: limit))
    }

    private func expectEncodingError(
        _ reason: String, _ body: [UInt8], encoding: String = "gzip", acceptGzip: Bool = true,
        _ location: SourceLocation = #_sourceLocation
    ) async {
        let error = await #expect(throws: HTTPError.self, sourceLocation: location) {
            try await send(body, encoding: encoding, acceptGzip: acceptGzip)
        }
        guard case .encoding(_, reason) = error else {
            Issue.record("\(String(describing: error))", sourceLocation: location)
            return
        }
    }

    @Test(arguments: ["gzip", "GZip", "x-gzip"])
    func `a gzip body is inflated`(encoding: String) async throws {
        let wire = gzip(text)
        let response = try await send(wire, encoding: encoding)
        #expect(response.body == text)
        #expect(response.wireBytes == wire.count)
        #expect(response.body.capacity >= response.body.count + HTTPResponse.padding)
    }

    @Test func `gzip members are joined`() async throws {
        let response = try await send(gzip(text) + gzip([]) + gzip(Array("end".utf8)), encoding: "gzip")
        #expect(response.body == text + Array("end".utf8))
    }

    @Test func `a bomb stops at the limit`() async throws {
        let bomb = gzip([UInt8](repeating: 0, count: 32 << 20))
        #expect(bomb.count < 1 << 20)
        let error = await #expect(throws: HTTPError.self) { try await send(bomb, encoding: "gzip") }
        guard case .bodyTooLarge(_, 1 << 20) = error else { throw error! }
    }

    @Test func `a bomb that lies about its size stops at the limit`() async throws {
        let bomb = gzip([UInt8](repeating: 0, count: 32 << 20)) + gzip([1])
        let error = await #expect(throws: HTTPError.self) { try await send(bomb, encoding: "gzip") }
        guard case .bodyTooLarge(_, 1 << 20) = error else { throw error! }
    }

    @Test func `an inflated body of just the limit is accepted and one byte more is not`() async throws {
        #expect(try await send(gzip(text), encoding: "gzip", limit: text.count).body == text)
        await #expect(throws: HTTPError.self) {
            try await send(gzip(text), encoding: "gzip", limit: text.count - 1)
        }
    }

    @Test func `damaged gzip is an error`() async {
        let wire = gzip(text)
        var flipped = wire
        flipped[wire.count / 2] ^= 0x10
        var wrongSum = wire
        wrongSum[wire.count - 6] ^= 1
        await expectEncodingError("corrupt gzip", flipped)
        await expectEncodingError("corrupt gzip", wrongSum)
        await expectEncodingError("corrupt gzip", Array(wire.dropLast(9)))
        await expectEncodingError("corrupt gzip", wire + [0])
        await expectEncodingError("corrupt gzip", Array("not gzip at all, really".utf8))
        await expectEncodingError("corrupt gzip", [])
    }

    @Test func `an encoding that was not offered is refused`() async {
        await expectEncodingError("gzip was not offered", gzip(text), acceptGzip: false)
        await expectEncodingError("br is not supported", text, encoding: "br")
        await expectEncodingError("gzip, gzip is not supported", gzip(gzip(text)), encoding: "gzip, gzip")
    }

    @Test func `identity is no encoding`() async throws {
        #expect(try await send(text, encoding: "identity", acceptGzip: false).body == text)
    }
}

private func gzip(_ input: [UInt8]) -> [UInt8] {
    let compressor = libdeflate_alloc_compressor(6)
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_gzip_compress_bound(compressor, input.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { space, count in
        count = libdeflate_gzip_compress(compressor, input, input.count, space.baseAddress, space.count)
    }
}
