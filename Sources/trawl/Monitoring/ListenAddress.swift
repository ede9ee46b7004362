import Glibc

/// Where a command serves HTTP: `[HOST:]PORT`.
struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IP address.
    let host: String
    /// 0 lets the kernel choose.
    let port: UInt16

    static let loopback = "127.0.0.1"
    static let form = "a port, or an address and a port such as 0.0.0.0:9464 or [::1]:9464"

    /// A port alone is one of this machine's loopback. Names are not resolved, but for `localhost`.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else {
            guard let port = Self.port(text) else { return nil }
            self.init(host: Self.loopback, port: port)
            return
        }
        guard let port = Self.port(text[text.index(after: colon)...]) else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil  // where would the address end?
        }
        if host == "localhost" { host = Self.loopback }
        var bytes = in6_addr()
        guard inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1 else { return nil }
        self.init(host: host, port: port)
    }

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Digits only: `UInt16` would take a sign.
    private static func port(_ text: some StringProtocol) -> UInt16? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text) : nil
    }

    /// Whether nobody but this machine reaches it.
    var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
