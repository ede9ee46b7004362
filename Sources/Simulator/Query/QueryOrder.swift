/// `order` and `orderBy` of a query.
struct QueryOrder: Hashable, Sendable {
    enum Direction: String, Sendable, CaseIterable {
        case asc, desc, unordered
    }

    enum Field: String, Sendable, CaseIterable {
        case conversationStart, conversationEnd, segmentStart, segmentEnd
    }

    var direction = Direction.asc
    var field = Field.conversationStart

    /// Segments are ordered as their conversations are.
    var isByStart: Bool { direction != .unordered && (field == .conversationStart || field == .segmentStart) }
}
