import TrawlCore

/// Writes JSON byte by byte. The shape is spelled out by its callers in constant pieces of text, so that rendering costs
/// little more than copying.
struct RecordWriter: Sendable {
    var bytes: [UInt8] = []
    var random = SplitMix(seed: 0)
    /// Whether participants have their attributes, which only the results of jobs have.
    var writesAttributes = false
    private var day = Int64.min
    private var datePrefix: [UInt8] = []

    init() {}

    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// `,"key":"` + a fresh UUID + `"`; the caller passes everything before the UUID.
    mutating func uuid(_ before: StaticString) {
        raw(before)
        ConversationID(random: &random).append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func uuid(_ before: StaticString, _ id: ConversationID) {
        raw(before)
        id.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func number(_ before: StaticString, _ value: Int64) {
        raw(before)
        guard value > 0 else { return bytes.append(UInt8(ascii: "0")) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var position = 20
            var rest = value
            while rest > 0 {
                position &-= 1
                digits[position] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
                rest /= 10
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[position...]))
        }
    }

    /// `whole.fraction` with as many digits of fraction as a double of the API has.
    mutating func decimal(_ before: StaticString, whole: Int64) {
        number(before, whole)
        bytes.append(UInt8(ascii: "."))
        digits(1 + random.below(15))
        bytes.append(UInt8(ascii: "7"))
    }

    mutating func digits(_ count: Int) {
        var bits = random.next()
        for _ in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: bits % 10) &+ 0x30)
            bits /= 10
        }
    }

    /// An instant and its closing quote.
    mutating func time(_ before: StaticString, _ milliseconds: Int64) {
        raw(before)
        let instant = Instant(milliseconds: milliseconds)
        let ofDay = Int(instant.millisecondOfDay)
        if day != milliseconds - Int64(ofDay) {
            day = milliseconds - Int64(ofDay)
            datePrefix = Array(instant.rfc3339.utf8.prefix(11))
        }
        bytes.append(contentsOf: datePrefix)
        twoDigits(ofDay / 3_600_000, then: ":")
        twoDigits(ofDay / 60_000 % 60, then: ":")
        twoDigits(ofDay / 1000 % 60, then: ".")
        bytes.append(UInt8(truncatingIfNeeded: ofDay % 1000 / 100) &+ 0x30)
        twoDigits(ofDay % 100, then: "Z")
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func twoDigits(_ value: Int, then separator: Unicode.Scalar) {
        bytes.append(UInt8(truncatingIfNeeded: value / 10) &+ 0x30)
        bytes.append(UInt8(truncatingIfNeeded: value % 10) &+ 0x30)
        bytes.append(UInt8(ascii: separator))
    }

    /// One of the texts, as it is: they are JSON already.
    mutating func pick(_ before: StaticString, _ texts: [StaticString]) {
        raw(before)
        raw(texts[random.below(texts.count)])
    }
}
