import TrawlCore

/// What is known of a generated conversation without rendering it.
struct Conversation: Sendable {
    /// What happened in it, which decides the size of its record.
    enum Kind: UInt8, Sendable, CaseIterable {
        /// Chat, message or e-mail: 2.5 to 4 kB.
        case digital
        /// One caller, one flow, one agent: 5 to 8 kB.
        case voice
        /// Several queues and agents: 10 to 21 kB.
        case transferred
        /// A voicemail that became a callback, open for days or weeks.
        case callback
        /// A conference that collected participants: to 100 kB and beyond.
        case marathon
    }

    let id: ConversationID
    let kind: Kind
    /// Milliseconds since 1970.
    let start: Int64
    /// Nil while the conversation is open.
    let end: Int64?

    var isInbound: Bool { SplitMix.mixed(id.low) & 7 > 1 }

    /// Which of the four divisions owns it.
    var division: Int { Int(SplitMix.mixed(id.high) & 3) }

    /// The media of its sessions.
    var media: Media {
        switch kind {
        case .digital: [Media.message, .email, .chat, .message][Int(SplitMix.mixed(id.high ^ id.low) & 3)]
        case .callback: [.voice, .callback]
        case .voice, .transferred, .marathon: .voice
        }
    }
}

/// The media types that a query can ask for.
struct Media: OptionSet, Sendable {
    let rawValue: UInt16

    static let names = [
        "voice", "callback", "chat", "message", "email", "cobrowse", "video", "screenshare", "screenmonitoring",
        "internalmessage", "unknown",
    ]
    static let voice = Media(rawValue: 1)
    static let callback = Media(rawValue: 2)
    static let chat = Media(rawValue: 4)
    static let message = Media(rawValue: 8)
    static let email = Media(rawValue: 16)

    init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Nil when the API knows no such media type.
    init?(name: String) {
        guard let position = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: 1 << UInt16(position))
    }
}
