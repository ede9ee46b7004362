import TrawlSource

/// Where credentials may be sent.
enum Destination {
    /// A Genesys Cloud host, or this machine.
    static func isTrusted(_ url: ServiceURL) -> Bool {
        let host = name(url)
        if host == "localhost" || host == "[::1]" || host.hasPrefix("127.") && host.split(separator: ".").count == 4 {
            return true
        }
        return url.origin.hasPrefix("https://")
            && GenesysRegion.all.contains { host == $0.domain || host.hasSuffix("." + $0.domain) }
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
