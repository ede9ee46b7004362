/// Where a service is reached: an origin and, for gateways, a path before every path.
package struct ServiceURL: Hashable, Sendable, CustomStringConvertible {
    /// `scheme://host[:port]`
    package let origin: String
    /// Empty, or starts with `/` and does not end with it.
    package let path: String

    /// Nil unless the text is an http or https URL without user, query and fragment.
    package init?(_ text: String) {
        let schemes = ["https://", "http://"]
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains(where: { "?#@\\".contains($0) })
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte) else { return nil }
        origin = scheme + host.lowercased()
        var path = rest.dropFirst(host.count)
        while path.last == "/" { path.removeLast() }
        self.path = String(path)
    }

    package var description: String { origin + path }

    /// `host[:port]`, to name the service in messages.
    package var host: String { String(origin.drop { $0 != "/" }.dropFirst(2)) }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._:[]".utf8.contains(byte)
        }
    }
}
