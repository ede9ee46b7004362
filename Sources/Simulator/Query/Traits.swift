import TrawlCore

/// What a filter can see of a conversation.
struct Traits: Sendable {
    enum Identity: Sendable {
        case generated(ConversationID)
        case text(String)
    }

    let identity: Identity
    let hasEnd: Bool
    let direction: String?
    let media: Media
    let divisions: [String]

    init(_ conversation: Conversation) {
        identity = .generated(conversation.id)
        hasEnd = conversation.end != nil
        direction = conversation.isInbound ? "inbound" : "outbound"
        media = conversation.media
        divisions = [Division.ids[conversation.division].description]
    }

    /// Of a record in a fixture.
    init(id: String, record: JSONValue) {
        identity = .text(id)
        hasEnd = record["conversationEnd"]?.string != nil
        direction = record["originatingDirection"]?.string
        divisions = record["divisionIds"]?.elements.compactMap(\.string) ?? []
        media = (record["participants"]?.elements ?? []).flatMap { $0["sessions"]?.elements ?? [] }
            .compactMap { $0["mediaType"]?.string.flatMap { Media(name: $0) } }
            .reduce(into: Media(rawValue: 0)) { $0.formUnion($1) }
    }

    func hasID(_ text: String) -> Bool {
        switch identity {
        case .generated(let id): id.text == text
        case .text(let id): id.utf8.elementsEqual(text.utf8)
        }
    }
}

extension JSONValue {
    /// Empty for anything but an array.
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }
}
