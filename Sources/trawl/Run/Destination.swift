import TrawlSource

/// Where credentials may be sent.
enum Destination {
    /// A Genesys Cloud host, or this machine.
    static func isTrusted(_ url: ServiceURL) -> Bool {
        let host = name(url)
        return isLoopback(host)
            || url.origin.hasPrefix("https://")
                && GenesysRegion.all.contains { host == $0.domain || host.hasSuffix("." + $0.domain) }
    }

    /// Whether what is sent there crosses a network unencrypted.
    static func isPlain(_ url: ServiceURL) -> Bool { url.origin.hasPrefix("http://") && !isLoopback(name(url)) }

    /// 127.0.0.0/8 in its plain form, ::1 and localhost. A name such as `127.0.0.example` is none of these.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8($0) != nil }
    }

    /// The host without its port.
    static func name(_ url: ServiceURL) -> String {
        guard let colon = url.host.lastIndex(of: ":"), url.host[url.host.index(after: colon)...].allSatisfy(\.isNumber)
        else {
            return url.host
        }
        return String(url.host[..<colon])
    }

    /// The login server that goes with an API address: `api.` becomes `login.`; a gateway serves both.
    static func loginURL(forAPI api: String) -> String {
        api.replacing("//api.", with: "//login.", maxReplacements: 1)
    }
}
