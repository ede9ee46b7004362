/// A response as it came over the wire, before its content encoding is undone.
struct ReceivedResponse: Sendable {
    let status: Int
    let headers: [(String, String)]
    let body: [UInt8]
    let timeToFirstByte: Duration

    /// Undoes the content encoding. Runs in the caller's task, so that inflating neither holds up the loop thread nor
    /// is limited to one core.
    func decoded(for request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
        let encodings = headers.filter { equalIgnoringCase($0.0, "Content-Encoding") }.map(\.1)
        let encoding = encodings.joined(separator: ", ")
        if encoding.isEmpty || equalIgnoringCase(encoding, "identity") { return response(body) }

        guard equalIgnoringCase(encoding, "gzip") || equalIgnoringCase(encoding, "x-gzip") else {
            throw .encoding(host: request.host, reason: "\(encoding) is not supported")
        }
        guard request.acceptGzip else {
            throw .encoding(host: request.host, reason: "gzip was not offered")
        }
        let describesNothing = request.method == "HEAD" || status == 204 || status == 304
        if body.isEmpty && describesNothing { return response(body) }
        let inflated: [UInt8]
        do throws(GzipError) {
            inflated = try gunzip(body, limit: request.maximumBodySize)
        } catch {
            switch error {
            case .corrupt: throw .encoding(host: request.host, reason: "corrupt gzip")
            case .tooLarge: throw .bodyTooLarge(host: request.host, limit: request.maximumBodySize)
            }
        }
        return response(inflated)
    }

    private func response(_ decoded: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers, body: decoded, wireBytes: body.count, timeToFirstByte: timeToFirstByte)
    }
}
