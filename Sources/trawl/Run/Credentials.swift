import TrawlCore

/// Who asks the API.
enum Credentials: Sendable {
    case client(id: String, secret: Secret)
    /// A token obtained elsewhere; it cannot be refreshed.
    case token(Secret)
}
