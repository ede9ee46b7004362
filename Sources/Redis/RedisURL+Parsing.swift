extension RedisURL {
    /// - Throws: `RedisError.invalidURL`, whose text names the part at fault but quotes nothing that could belong to
    ///   a password.
    package init(_ text: String) throws(RedisError) {
        guard let mark = text.firstRange(of: "://") else {
            throw .invalidURL(problem: "it must begin with redis:// or unix://")
        }
        let rest = text[mark.upperBound...]
        switch text[..<mark.lowerBound].lowercased() {
        case "redis": try self.init(tcp: rest)
        case "unix": try self.init(unix: rest)
        case "rediss": throw .invalidURL(problem: "rediss:// (TLS) is not supported yet; use redis:// or unix://")
        default: throw .invalidURL(problem: "unknown scheme; it must be redis:// or unix://")
        }
    }

    private init(tcp text: Substring) throws(RedisError) {
        let end = text.firstIndex { "/?#".contains($0) } ?? text.endIndex
        let (authority, tail) = (text[..<end], text[end...])
        // An unescaped delimiter in a password cuts the authority short; every later message would be misleading.
        guard !tail.contains("@") else {
            throw .invalidURL(problem: "'/', '?' and '#' in a user name or password must be written %2F, %3F and %23")
        }
        guard !tail.contains("#") else { throw .invalidURL(problem: "a fragment ('#') has no meaning here") }
        guard !tail.contains("?") else {
            throw .invalidURL(problem: "a query ('?') is only allowed in unix:// URLs")
        }
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        self.init(endpoint: try Self.endpoint(place))
        if let at { (user, password) = try Self.login(authority[..<at]) }
        let number = tail.dropFirst()
        if !number.isEmpty { database = try Self.database(number) }
    }

    private init(unix text: Substring) throws(RedisError) {
        guard !text.contains("#") else { throw .invalidURL(problem: "'#' must be written %23") }
        let mark = text.firstIndex(of: "?") ?? text.endIndex
        let path = try Self.decode(text[..<mark], "socket path")
        guard path.hasPrefix("/") else {
            throw .invalidURL(problem: "the socket path must be absolute: unix:///path/to/socket")
        }
        self.init(endpoint: .unix(path: path))
        var seen: Set<Substring> = []
        for item in text[mark...].dropFirst().split(separator: "&") {
            let equals = item.firstIndex(of: "=") ?? item.endIndex
            let (key, value) = (item[..<equals], item[equals...].dropFirst())
            guard seen.insert(key).inserted else {
                throw .invalidURL(problem: "a query parameter is given twice")
            }
            switch key {
            case "db": database = try Self.database(value)
            case "user": user = try Self.decode(value, "user name")
            case "password": password = try Self.decode(value, "password")
            default: throw .invalidURL(problem: "unknown query parameter; only db, user and password are allowed")
            }
        }
        if user == "" { user = nil }
        guard user == nil || password != nil else { throw .invalidURL(problem: "a user name needs a password") }
        if user == nil, password == "" { password = nil }
    }

    private static func endpoint(_ text: Substring) throws(RedisError) -> Endpoint {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { throw .invalidURL(problem: "the host lacks its ']'") }
            host = text[text.index(after: text.startIndex)..<bracket]
            let after = text[text.index(after: bracket)...]
            guard after.isEmpty || after.hasPrefix(":") else {
                throw .invalidURL(problem: "only ':port' may follow the ']' of the host")
            }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard port?.contains(":") != true else {
                throw .invalidURL(problem: "an IPv6 host must be written in brackets: [::1]")
            }
        }
        let name = try decode(host, "host")
        guard !name.isEmpty else { throw .invalidURL(problem: "the host is missing") }
        guard !name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw .invalidURL(problem: "the host contains a space or control character")
        }
        guard let port else { return .tcp(host: name, port: defaultPort) }
        guard let value = UInt16(digits: port), value > 0 else {
            throw .invalidURL(problem: "the port is not a number from 1 to 65535")
        }
        return .tcp(host: name, port: value)
    }

    private static func login(_ text: Substring) throws(RedisError) -> (String?, String?) {
        guard let colon = text.firstIndex(of: ":") else {
            throw .invalidURL(problem: "a user name needs a password: user:password@host, or :password@host")
        }
        let user = try decode(text[..<colon], "user name")
        let password = try decode(text[text.index(after: colon)...], "password")
        if user.isEmpty { return (nil, password.isEmpty ? nil : password) }
        return (user, password)
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        guard let number = Int32(digits: text) else {
            throw .invalidURL(problem: "the database is not a number from 0 up")
        }
        return Int(number)
    }

    private static func decode(_ text: Substring, _ part: String) throws(RedisError) -> String {
        guard let decoded = PercentEncoding.decode(text) else {
            throw .invalidURL(problem: "the \(part) has a '%' that does not begin a valid escape, or is not UTF-8")
        }
        guard !decoded.utf8.contains(0) else { throw .invalidURL(problem: "the \(part) contains a zero byte") }
        return decoded
    }
}

extension FixedWidthInteger {
    /// Stricter than `init(_:)`, which takes a leading "+".
    fileprivate init?(digits text: Substring) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        self.init(text)
    }
}
