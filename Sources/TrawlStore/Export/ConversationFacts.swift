import TrawlCore

/// What a table says of a conversation and the record says in no single place.
///
/// "First" and "last" are those of the record's own order, which the API gives participants as they join.
struct ConversationFacts {
    private let start: [UInt8]
    private let end: [UInt8]

    init(_ records: EndpointProfile.Records) {
        start = Array(records.start.utf8)
        end = Array(records.end.utf8)
    }

    /// `mediaType` of the first session that has one: of the customer or external participants, else of anyone.
    func channel(_ tree: RecordTree) -> Int? {
        var other: Int?
        for participant in tree.elements(RecordTree.root, Key.participants) {
            for session in tree.elements(participant, Key.sessions) {
                guard let media = text(tree, session, Key.mediaType) else { continue }
                let purpose = tree.member(participant, Key.purpose)
                if tree.isText(purpose, Key.customer) || tree.isText(purpose, Key.external) { return media }
                other = other ?? media
                break
            }
        }
        return other
    }

    /// Milliseconds from start to end; nil while the conversation is open, or where one of the two is no instant.
    func duration(_ tree: RecordTree) -> Int64? {
        guard let start = instant(tree, start), let end = instant(tree, end) else { return nil }
        return end - start
    }

    /// `participantName` of the last acd participant that has one, else the last `queueId` of all segments.
    func queueName(_ tree: RecordTree) -> Int? {
        var named: Int?
        for participant in tree.elements(RecordTree.root, Key.participants)
        where tree.isText(tree.member(participant, Key.purpose), Key.acd) {
            named = text(tree, participant, Key.participantName) ?? named
        }
        return named ?? lastOfSegments(tree, Key.queueId)
    }

    /// `participantName` of the last agent, else its `userId`. Without an agent, the same of the last user.
    func agentName(_ tree: RecordTree) -> Int? {
        var agent: Int?
        var user: Int?
        for participant in tree.elements(RecordTree.root, Key.participants) {
            let purpose = tree.member(participant, Key.purpose)
            let isAgent = tree.isText(purpose, Key.agent)
            guard isAgent || tree.isText(purpose, Key.user),
                let name = text(tree, participant, Key.participantName) ?? text(tree, participant, Key.userId)
            else { continue }
            if isAgent { agent = name } else { user = name }
        }
        return agent ?? user
    }

    /// The last `wrapUpCode` of all segments.
    func disposition(_ tree: RecordTree) -> Int? { lastOfSegments(tree, Key.wrapUpCode) }

    private func lastOfSegments(_ tree: RecordTree, _ key: [UInt8]) -> Int? {
        var found: Int?
        for participant in tree.elements(RecordTree.root, Key.participants) {
            for session in tree.elements(participant, Key.sessions) {
                for segment in tree.elements(session, Key.segments) { found = text(tree, segment, key) ?? found }
            }
        }
        return found
    }

    /// A member that is a text with something in it.
    private func text(_ tree: RecordTree, _ node: Int, _ key: [UInt8]) -> Int? {
        guard let member = tree.member(node, key), tree.kind(member) == .string, !tree.content(member).isEmpty else {
            return nil
        }
        return member
    }

    private func instant(_ tree: RecordTree, _ key: [UInt8]) -> Instant? {
        text(tree, RecordTree.root, key).flatMap { Instant(rfc3339: JSONText.decoded(tree.content($0))) }
    }

    private enum Key {
        static let participants = Array("participants".utf8)
        static let sessions = Array("sessions".utf8)
        static let segments = Array("segments".utf8)
        static let purpose = Array("purpose".utf8)
        static let mediaType = Array("mediaType".utf8)
        static let participantName = Array("participantName".utf8)
        static let userId = Array("userId".utf8)
        static let queueId = Array("queueId".utf8)
        static let wrapUpCode = Array("wrapUpCode".utf8)
        static let customer = Array("customer".utf8)
        static let external = Array("external".utf8)
        static let acd = Array("acd".utf8)
        static let agent = Array("agent".utf8)
        static let user = Array("user".utf8)
    }
}
