import Guarded

/// Request ids whose answer was lost. The next claim takes one up, so that what Redis granted is not waited out.
final class UnansweredRequests: Sendable {
    private let requests = Guarded<[String]>([])

    func put(_ request: String) { requests.with { $0.append(request) } }

    func take() -> String? { requests.with { $0.popLast() } }
}
