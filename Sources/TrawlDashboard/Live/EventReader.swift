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
            return EventFrame(event: "view", id: look.number, data: look.json).bytes
        case .trouble(let text):
            return EventFrame(event: "trouble", data: JSONValue.object(["message": .string(text)]).canonical).bytes
        case .nothing:
            return EventFrame.beat.bytes
        case .end:
            return nil
        }
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
