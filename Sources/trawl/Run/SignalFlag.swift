import Synchronization

/// The first signal that arrived.
final class SignalFlag: Sendable {
    private let number = Atomic<Int32>(0)

    /// True for the first signal, false for every later one.
    func raise(_ signal: Int32) -> Bool {
        number.compareExchange(expected: 0, desired: signal, ordering: .sequentiallyConsistent).exchanged
    }

    var raised: Int32? {
        let value = number.load(ordering: .sequentiallyConsistent)
        return value == 0 ? nil : value
    }
}
