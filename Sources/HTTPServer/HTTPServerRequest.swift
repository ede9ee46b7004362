/// One request, complete with its body.
package struct HTTPServerRequest: Sendable {
    package let method: String
    /// The request target exactly as it came over the wire: nothing decoded, nothing normalised.
    package let target: [UInt8]
    /// The part of the target before the first `?`, not decoded. Bytes that are not UTF-8 are repaired here;
    /// `target` keeps them.
    package let path: String
    /// The part of the target after the first `?`, not decoded; nil when there is no `?`.
    package let query: String?
    /// In the order received; names keep their spelling and may repeat.
    package let headers: [(String, String)]
    package let body: [UInt8]
    /// The client's IP address, or a proxy's; empty where it is not known.
    package let peer: String

    package init(
        method: String, target: [UInt8], headers: [(String, String)] = [], body: [UInt8] = [], peer: String = ""
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.peer = peer
        if let mark = target.firstIndex(of: UInt8(ascii: "?")) {
            path = String(decoding: target[..<mark], as: UTF8.self)
            query = String(decoding: target[(mark + 1)...], as: UTF8.self)
        } else {
            path = String(decoding: target, as: UTF8.self)
            query = nil
        }
    }

    /// The first value of the header, whatever the case of its name.
    package func header(_ name: String) -> String? {
        headers.first { equalIgnoringCase($0.0, name) }?.1
    }
}

private func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
