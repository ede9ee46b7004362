package import TrawlCore

/// An OAuth client of the grant type Client Credentials.
package struct ClientCredentials: Hashable, Sendable {
    package let id: String
    package let secret: Secret

    package init(id: String, secret: Secret) {
        self.id = id
        self.secret = secret
    }
}
