import TrawlCore

/// Who asks the API.
enum Credentials: Sendable, CustomStringConvertible {
    case client(id: String, secret: Secret)
    /// A token obtained elsewhere; it cannot be refreshed.
    case token(Secret)

    /// Whose they are, without what is secret.
    var description: String {
        switch self {
        case .client(let id, _): "client id \(id) and its secret"
        case .token: "an access token"
        }
    }
}
