import TrawlCore

/// Reads the instants of a page, two per record.
///
/// ``Instant`` knows every form but its generic reader is not specialised across modules; the API's own form takes
/// the short way here, everything else goes there.
enum InstantToken {
    /// Milliseconds since 1970, or nil when the bytes are no RFC 3339 instant.
    static func milliseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        if let quick = quickly(text) { return quick }
        return Instant(rfc3339: text)?.milliseconds
    }

    /// `YYYY-MM-DDThh:mm:ss.mmmZ` or `YYYY-MM-DDThh:mm:ssZ`, days beyond the 28th of February left to the slow way.
    private static func quickly(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        let hasFraction = text.count == 24
        guard hasFraction || text.count == 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            text[text.count - 1] == UInt8(ascii: "Z"), !hasFraction || text[19] == UInt8(ascii: ".")
        else { return nil }
        var isNumeric = true
        func pair(_ at: Int) -> Int {
            let high = text[at] &- 0x30
            let low = text[at + 1] &- 0x30
            isNumeric = isNumeric && high < 10 && low < 10
            return Int(high) * 10 + Int(low)
        }
        let year = pair(0) * 100 + pair(2)
        let month = pair(5)
        let day = pair(8)
        let hour = pair(11)
        let minute = pair(14)
        let second = pair(17)
        var millisecond = 0
        if hasFraction {
            let last = text[22] &- 0x30
            isNumeric = isNumeric && last < 10
            millisecond = pair(20) * 10 + Int(last)
        }
        let longest = month == 2 ? 28 : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
        guard isNumeric, year > 0, (1...12).contains(month), (1...longest).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        // Days since 1 March of year 0, so that a leap day comes last in its year; then from there to 1970.
        let marchYear = month <= 2 ? year - 1 : year
        let marchMonth = month <= 2 ? month + 9 : month - 3
        let days =
            365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + (153 * marchMonth + 2) / 5 + day - 1
            - 719_468
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        return Int64(seconds * 1000 + millisecond)
    }
}
