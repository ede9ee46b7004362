import Redis

/// A Redis address with the text that a worker process can read it from.
struct RedisURLText: Sendable {
    let url: RedisURL
    let text: String

    init(_ url: RedisURL, given arguments: Arguments) {
        self.url = url
        text = arguments.value("--redis", environment: RedisArguments.variable) ?? ""
    }

    init(socket: String) {
        url = RedisURL(endpoint: .unix(path: socket))
        text = "unix://" + socket.utf8.map(Self.encoded).joined()
    }

    /// Percent-encodes what is not plainly a path.
    private static func encoded(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            String(UnicodeScalar(byte))
        default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
}
