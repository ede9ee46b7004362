import HTTP
import TrawlCore

/// How long a server asks to be left alone.
enum RetryAfter {
    /// The `Retry-After` header as seconds or as a date, else a `[42] seconds` in the message, else nil. A date is
    /// measured against the server's own `Date` where it sends one: our clock may be wrong, and both are its.
    static func duration(of response: HTTPResponse, message: String, now: Instant) -> Duration? {
        if let value = response.header("Retry-After") {
            if let seconds = seconds(value) { return seconds }
            if let date = httpDate(value) {
                let present = response.header("Date").flatMap(httpDate) ?? now
                return .milliseconds(max(0, date - present))
            }
        }
        return bracketed(message)
    }

    /// Non-negative whole seconds; absurd numbers are cut to nine digits' worth.
    private static func seconds(_ text: some StringProtocol) -> Duration? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return .seconds(min(Int64(text) ?? .max, 999_999_999))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form servers may send today.
    static func httpDate(_ text: String) -> Instant? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", parts[1].count == 2,
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }

    private static func bracketed(_ message: String) -> Duration? {
        for piece in message.split(separator: "[").dropFirst() {
            let parts = piece.split(separator: "]", maxSplits: 1)
            guard parts.count == 2, let found = seconds(parts[0]) else { continue }
            if parts[1].hasPrefix(" second") { return found }
        }
        return nil
    }
}
