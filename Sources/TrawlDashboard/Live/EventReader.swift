import Guarded
import TrawlCore

/// One listener's place in the events of a run.
actor EventReader {
    private let watch: RunWatch
    private var number = 0
    private var isOpen = false

    init(_ watch: RunWatch) {
        self.watch = watch
    }

    /// The next event, within about a second: a look, why there is none, or just a sign of life. Nil where the run is gone.
    func next() async -> [UInt8]? {
        guard isOpen else {
            isOpen = true
            return EventFrame.opening
        }
        switch await watch.news(since: number) {
        case .look(let look):
            number = look.number
            return look.frame
        case .trouble(let text):
            return EventFrame(event: "trouble", data: JSONValue.object(["message": .string(text)]).canonical).bytes
        case .nothing:
            return EventFrame.beat
        case .end:
            return nil
        }
    }
}

/// Room for so many listeners.
final class Seats: Sendable {
    /// Taken until it is let go.
    final class Seat: Sendable {
        private let taken: Guarded<Int>

        fileprivate init(_ taken: Guarded<Int>) { self.taken = taken }

        deinit { taken.with { $0 -= 1 } }
    }

    private let most: Int
    private let taken = Guarded(0)

    init(most: Int) { self.most = most }

    /// Nil when all are taken.
    func take() -> Seat? {
        let isFree = taken.with { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
        return isFree ? Seat(taken) : nil
    }
}

/// True once.
final class FirstTime: Sendable {
    private let isTaken = Guarded(false)

    func take() -> Bool {
        isTaken.with { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}
