/// Where a Redis server listens and how to log in.
///
/// Two forms: `redis://[user:password@|:password@]host[:port][/database]` and
/// `unix:///path[?db=n&user=name&password=secret]`. Percent escapes are decoded in every part but the port and the
/// database. `description` and `dump` never show the password.
package struct RedisURL: Sendable, Equatable {
    package enum Endpoint: Sendable, Equatable {
        case tcp(host: String, port: UInt16)
        case unix(path: String)
    }

    package static let defaultPort: UInt16 = 6379

    package var endpoint: Endpoint
    /// Only together with `password`; nil logs in as the server's default user.
    package var user: String?
    /// nil means that no AUTH is sent.
    package var password: String?
    package var database: Int

    package init(endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
    }

    /// Where the server is, for messages: `host:port` or the socket's path. Holds no secret.
    package var address: String {
        switch endpoint {
        case .tcp(let host, let port): (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        case .unix(let path): path
        }
    }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL with `***` in place of the password.
    package var description: String {
        let user = user.map { PercentEncoding.encode($0) }
        switch endpoint {
        case .tcp(let host, let port):
            let login = password == nil ? "" : (user ?? "") + ":***@"
            let name = host.contains(":") ? "[\(host)]" : PercentEncoding.encode(host)
            return "redis://\(login)\(name):\(port)/\(database)"
        case .unix(let path):
            var query: [String] = []
            if database != 0 { query.append("db=\(database)") }
            if let user { query.append("user=\(user)") }
            if password != nil { query.append("password=***") }
            return "unix://" + PercentEncoding.encode(path) + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
