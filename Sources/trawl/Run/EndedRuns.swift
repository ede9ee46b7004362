import Foundation

/// Names of runs that a worker has stopped serving, handed from their tasks to the one that starts them.
final class EndedRuns: @unchecked Sendable {
    // @unchecked: `names` is only touched under `lock`.
    private let lock = NSLock()
    private var names: [String] = []

    func add(_ name: String) { lock.withLock { names.append(name) } }

    func take() -> [String] {
        lock.withLock {
            defer { names = [] }
            return names
        }
    }
}
