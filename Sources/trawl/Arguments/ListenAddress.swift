import Glibc

/// Where a server is to listen: `[HOST:]PORT`.
struct ListenAddress: Hashable {
    /// An IP address.
    var host: String
    /// 0 for one that the system chooses.
    var port: UInt16

    static let form = "[HOST:]PORT with an IP address as HOST, such as 8420, 0.0.0.0:8420 or [::1]:8420"

    /// Nil for what is none. Without a host, loopback; `localhost` is 127.0.0.1; other names are not resolved.
    init?(_ text: String) {
        let colon = text.lastIndex(of: ":")
        var host = colon.map { String(text[..<$0]) } ?? "127.0.0.1"
        let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else { return nil }
        if host == "localhost" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var four = in_addr()
        var six = in6_addr()
        guard inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1 else { return nil }
        self.host = host
        self.port = port
    }

    /// Only this machine reaches it.
    var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

    /// As it stands in a URL.
    var urlHost: String { host.contains(":") ? "[\(host)]" : host }
}
