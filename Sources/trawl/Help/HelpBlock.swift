/// A piece of a help text, which a terminal and a man page show each in its own way.
enum HelpBlock: Sendable {
    case title(String)
    /// A paragraph, without line breaks.
    case text(String)
    /// Words and what each means.
    case terms([(name: String, meaning: String)])
    /// Lines as they are: commands and files.
    case lines([String])
}
