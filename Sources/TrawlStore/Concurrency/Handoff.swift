/// Passes elements from one thread to another, in order, and makes the giver wait while too many lie in between.
final class Handoff<Element: Sendable>: @unchecked Sendable {
    // Unchecked, because every field is used under the lock.
    private let lock = Lock()
    private let changed: Condition
    private let capacity: Int
    private var waiting: [Element] = []
    private var isEnded = false
    private var isRefused = false

    init(capacity: Int) {
        self.capacity = capacity
        changed = Condition(lock)
    }

    /// Waits for room. False when the taker has given up: there is no point in giving more.
    func give(_ element: Element) -> Bool {
        lock.withLock {
            while waiting.count >= capacity, !isRefused { changed.wait() }
            guard !isRefused else { return false }
            waiting.append(element)
            changed.wakeAll()
            return true
        }
    }

    /// Waits for an element. Nil after the giver has ended.
    func take() -> Element? {
        lock.withLock {
            while waiting.isEmpty, !isEnded { changed.wait() }
            guard !waiting.isEmpty else { return nil }
            let element = waiting.removeFirst()
            changed.wakeAll()
            return element
        }
    }

    /// No more elements will be given.
    func end() {
        lock.withLock {
            isEnded = true
            changed.wakeAll()
        }
    }

    /// No more elements will be taken.
    func refuse() {
        lock.withLock {
            isRefused = true
            waiting = []
            changed.wakeAll()
        }
    }
}
