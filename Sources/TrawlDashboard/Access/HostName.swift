import Glibc

/// The name in a request's Host header, without its port.
///
/// It tells a page of ours from one whose name was made to resolve to this machine (DNS rebinding): such a page is of our
/// address but not of our name.
struct HostName: Hashable, Sendable {
    /// Lower case, without the dot at the end and without brackets.
    let text: String

    /// Nil for what is no host at all.
    init?(_ header: String) {
        var rest = header[...]
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]"), HostName.isLiteral(String(rest[..<end].dropFirst())),
                Self.isPort(rest[rest.index(after: end)...])
            else { return nil }
            text = rest[..<end].dropFirst().lowercased()
            return
        }
        if let colon = rest.firstIndex(of: ":") {
            guard Self.isPort(rest[colon...]) else { return nil }
            rest = rest[..<colon]
        }
        if rest.last == "." { rest = rest.dropLast() }
        let allowed = rest.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x2E || byte == 0x5F
        }
        guard !rest.isEmpty, allowed else { return nil }
        text = rest.lowercased()
    }

    var isLoopback: Bool {
        text == "localhost" || text == "::1" || text.hasPrefix("127.") && Self.isLiteral(text)
    }

    /// An address and no name: nobody can make that resolve to anything.
    var isLiteral: Bool { Self.isLiteral(text) }

    private static func isLiteral(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }

    /// Nothing, or a colon and digits.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.count > 1 && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}
