/// One answer. `Content-Length` and `Date` are added by the server and must not be among the headers.
package struct HTTPServerResponse: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    /// Sent from where it lies: handing the same array to many responses copies nothing.
    package var body: [UInt8]
    package var delivery: Delivery

    package init(
        status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = [], delivery: Delivery = .whole
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.delivery = delivery
    }
}

/// How the bytes of an answer reach the client; everything but `whole` and `stream` imitates a network or server fault.
///
/// `reset` and `truncate` promise the whole body in `Content-Length` and always break that promise: `after` is cut to
/// one byte less than the body. With an empty body they strike before the response, as `drop` does.
package enum Delivery: Sendable {
    /// As fast as the client reads.
    case whole
    /// As the pieces come, chunked, until there is none: for an answer that goes on while somebody listens. `body` is not
    /// sent. The next piece is asked for when the one before is on its way, so a slow client makes nothing pile up; a
    /// client that is gone is noticed at the latest with the second piece after that, and the closure is let go then.
    /// Waiting for a piece costs no thread.
    case stream(@Sendable () async -> [UInt8]?)
    /// `chunk` bytes at once, then a pause, and so on. Costs no thread.
    case drip(chunk: Int, every: Duration)
    /// TCP reset after that many body bytes.
    case reset(after: Int)
    /// Orderly close after that many body bytes.
    case truncate(after: Int)
    /// Orderly close without any response.
    case drop
}
