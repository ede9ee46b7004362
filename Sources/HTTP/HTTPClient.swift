/// An HTTP/1.1 client over libcurl: one thread for all requests, connections pooled and kept alive.
///
/// Requests go out byte for byte as given. Nothing comes from the environment (proxies, netrc), no redirect is followed
/// and no cookie is kept. TLS certificates and host names are always verified.
package final class HTTPClient: Sendable {
    private let loop: TransferLoop
    private let authorities: TrustedAuthorities

    /// Requests over `maximumConnectionsPerHost` at one time wait for a connection to become free.
    package init(authorities: TrustedAuthorities = TrustedAuthorities(), maximumConnectionsPerHost: Int = 64) {
        precondition(maximumConnectionsPerHost > 0)
        self.authorities = authorities
        loop = TransferLoop(maximumConnectionsPerHost: maximumConnectionsPerHost)
    }

    deinit { loop.close() }

    /// Sends the request and returns the whole response, whatever its status.
    ///
    /// Cancelling the task aborts the transfer and throws `.cancelled`. The request is sent once, with one exception
    /// that is curl's: if a kept-alive connection turns out to be closed before any byte of the response, the request
    /// goes out again on another connection. A body shorter than announced is an error; one with neither
    /// `Content-Length` nor chunks ends where the server closes, so that nobody can tell whether it is whole.
    @concurrent
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try request.validate()
        let ticket = Ticket()
        let loop = loop
        let authorities = authorities
        let received = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = Job(
                    request: request, authorities: authorities, ticket: ticket, continuation: continuation)
                if !loop.post(.start(job)) { job.finish(.failure(.closed)) }
            }
        } onCancel: {
            ticket.cancel()
            // Refused only when closed, and then the job has failed or will.
            _ = loop.post(.cancel(ticket))
        }
        return try received.get().decoded(for: request)
    }

    /// Fails every request under way with `.closed`, and every later one. Later calls do nothing.
    package func close() {
        loop.close()
    }
}
