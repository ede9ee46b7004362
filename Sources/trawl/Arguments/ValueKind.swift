/// What a value is, for the shells that complete it and for nothing else: what is right is decided where it is read.
enum ValueKind: Hashable, Sendable {
    /// A value to offer, with what shells that describe their offers say of it.
    struct Word: Hashable, Sendable {
        let text: String
        let help: String

        init(_ text: String, _ help: String = "") {
            self.text = text
            self.help = help
        }
    }

    /// Nothing can be offered.
    case text
    case file
    case directory
    case words([Word])
    case wordsOrFile([Word])
    /// What 'trawl help' has a page for: the commands and the topics.
    case subject

    static func words(_ texts: [String]) -> ValueKind { .words(texts.map { Word($0) }) }
}
