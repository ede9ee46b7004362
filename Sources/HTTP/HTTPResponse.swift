/// A complete response. Its status says nothing about success: every status is a response, not an error.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// In the order received; names keep their spelling and may repeat. Trailers are left out.
    package let headers: [(String, String)]
    /// Inflated. The array's storage goes on for `HTTPResponse.padding` readable bytes behind the last one.
    package let body: [UInt8]
    /// Size of the body as received: compressed, without chunk framing.
    package let wireBytes: Int
    /// From the submission of the request to curl until the first byte of the response.
    package let timeToFirstByte: Duration

    /// What a vectorised parser may read past the end of a body.
    package static let padding = 64

    package init(
        status: Int, headers: [(String, String)] = [], body: [UInt8] = [], wireBytes: Int = 0,
        timeToFirstByte: Duration = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.wireBytes = wireBytes
        self.timeToFirstByte = timeToFirstByte
    }

    /// The first value of the header, whatever the case of its name.
    package func header(_ name: String) -> String? {
        firstValue(of: name, in: headers)
    }
}
