package import HTTPServer

/// Decides who gets in, and which requests may change anything.
package struct Gate: Sendable {
    static let cookie = "trawl_session"
    /// A page of another site cannot send it without asking first, and is never told yes.
    static let actionHeader = "X-Trawl-Action"

    private let tokens: AccessTokens
    private let hosts: Set<String>
    private let allowsAddresses: Bool
    let sessions = Sessions()

    /// Whoever comes is asked for one of `tokens`, unless there are none.
    ///
    /// `hosts` are names by which the dashboard may be reached, besides those of loopback. With `allowsAddresses` any IP
    /// address is such a name: for a server that listens on more than loopback.
    package init(tokens: AccessTokens, hosts: [String], allowsAddresses: Bool) {
        self.tokens = tokens
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.allowsAddresses = allowsAddresses
    }

    /// Whether the text is a host's name and nothing more.
    package static func isName(_ text: String) -> Bool {
        !text.contains(":") && HostName(text)?.text == text.lowercased()
    }

    var asksForToken: Bool { !tokens.isEmpty }

    /// Whether the request calls this server by one of its names.
    package func isAddressed(_ request: HTTPServerRequest) -> Bool {
        guard let host = request.header("Host").flatMap({ HostName($0) }) else { return false }
        return host.isLoopback || hosts.contains(host.text) || allowsAddresses && host.isLiteral
    }

    /// Who sent the request; nil where a token is asked for and none that is known came.
    func caller(_ request: HTTPServerRequest) -> Caller? {
        guard asksForToken else { return Caller(name: "local", address: request.peer) }
        let name =
            bearer(request).map { tokens.holder(of: $0) } ?? session(request).flatMap { sessions.holder(of: $0) }
        return name.map { Caller(name: $0, address: request.peer) }
    }

    func holder(of token: String) -> String? { tokens.holder(of: token) }

    func session(_ request: HTTPServerRequest) -> String? {
        for (name, value) in request.headers where name.lowercased() == "cookie" {
            for pair in value.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                if parts.count == 2, parts[0] == Self.cookie { return parts[1] }
            }
        }
        return nil
    }

    /// Whether the request comes from a page of this server, or from no page at all. Browsers say where a POST is from; a
    /// tool such as curl does not, and cannot be led by a foreign page either.
    func isOfOwnPage(_ request: HTTPServerRequest) -> Bool {
        if let site = request.header("Sec-Fetch-Site"), site != "same-origin" { return false }
        guard let origin = request.header("Origin") else { return true }
        // A proxy may have ended TLS in between: the scheme is not compared.
        guard let authority = origin.split(separator: "://", maxSplits: 1).dropFirst().first else { return false }
        return request.header("Host").map { $0.lowercased() == authority.lowercased() } ?? false
    }

    func isAction(_ request: HTTPServerRequest) -> Bool { request.header(Self.actionHeader) != nil }

    private func bearer(_ request: HTTPServerRequest) -> String? {
        guard let value = request.header("Authorization") else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
