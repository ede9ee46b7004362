/// The course of a conversation: when each participant came and went, all derived from its start and end.
struct Story: Sendable {
    let conversation: Conversation
    /// Where running segments have got to while the conversation is open.
    let horizon: Int64

    init(_ conversation: Conversation) {
        self.conversation = conversation
        horizon = conversation.end ?? conversation.start + 20 * 60_000
    }

    /// The instant after `permille` thousandths of the conversation.
    func moment(_ permille: Int64) -> Int64 {
        conversation.start + (horizon - conversation.start) * permille / 1000
    }

    /// A stretch of the conversation in thousandths; one that reaches its end is still running while it is open.
    func leg(_ from: Int64, _ to: Int64) -> Leg {
        Leg(from: moment(from), to: moment(to), isRunning: to == 1000 && conversation.end == nil)
    }
}

/// From when to when a participant took part.
struct Leg: Sendable {
    let from: Int64
    let to: Int64
    /// Then ``to`` is only how far it has got.
    let isRunning: Bool

    var duration: Int64 { to - from }
}
