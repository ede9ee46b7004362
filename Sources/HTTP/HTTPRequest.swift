/// One request as it goes over the wire. Nothing is encoded, normalised or followed on the way.
package struct HTTPRequest: Sendable {
    package var method: String
    /// The origin only: `scheme://host[:port]`, http or https.
    package var url: String
    /// Path and query, sent byte for byte. Starts with `/`; holds no byte below 0x21 and no 0x7f.
    package var target: String
    /// Sent in this order. `Content-Length`, `Transfer-Encoding`, `Expect` and `Accept-Encoding` are the client's
    /// business and refused here. `User-Agent` has a default.
    package var headers: [(String, String)]
    package var body: [UInt8]?
    package var timeouts: HTTPTimeouts
    /// Whether gzip is offered to the server. A compressed answer is accepted only then.
    package var acceptGzip: Bool
    /// Bytes; the limit for the body as received and for the body as inflated.
    package var maximumBodySize: Int

    package init(
        method: String = "GET", url: String, target: String = "/", headers: [(String, String)] = [],
        body: [UInt8]? = nil, timeouts: HTTPTimeouts = HTTPTimeouts(), acceptGzip: Bool = true,
        maximumBodySize: Int = 64 << 20
    ) {
        self.method = method
        self.url = url
        self.target = target
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.acceptGzip = acceptGzip
        self.maximumBodySize = maximumBodySize
    }

    /// `host[:port]`, to name the peer in errors.
    var host: String {
        guard let slashes = url.utf8.firstIndex(of: UInt8(ascii: "/")) else { return url }
        return String(url[slashes...].drop { $0 == "/" })
    }
}

/// How long a request may take. Each limit is positive and at most `longest`.
package struct HTTPTimeouts: Sendable, Equatable {
    /// From the first attempt to connect to the end of the TLS handshake.
    package var connect: Duration
    /// The longest time without one byte in either direction. Noticed up to an eighth of itself late.
    package var noProgress: Duration
    /// Everything, waiting for a free connection included.
    package var total: Duration

    package static let longest = Duration.seconds(365 * 86_400)

    package init(
        connect: Duration = .seconds(10), noProgress: Duration = .seconds(30), total: Duration = .seconds(120)
    ) {
        self.connect = connect
        self.noProgress = noProgress
        self.total = total
    }
}
