import Synchronization

/// Names one request across threads, for cancellation.
final class Ticket: Sendable {
    private let mark = Atomic(false)

    /// Set before the loop is told, so that a cancellation that overtakes its request is not lost.
    func cancel() { mark.store(true, ordering: .releasing) }

    var isCancelled: Bool { mark.load(ordering: .acquiring) }
}

/// A request and whoever waits for it. Whoever holds the job owes the continuation exactly one result.
struct Job: Sendable {
    let request: HTTPRequest
    let authorities: TrustedAuthorities
    let ticket: Ticket
    let continuation: CheckedContinuation<Result<ReceivedResponse, HTTPError>, Never>

    func finish(_ result: Result<ReceivedResponse, HTTPError>) {
        continuation.resume(returning: result)
    }
}
