/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The API writes and reads instants with exactly this precision; finer fractions in a text are truncated.
package struct Instant: Hashable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static let millisecondsPerDay: Int64 = 86_400_000

    /// The instant of a civil date and time in UTC, or nil where the date does not exist (31 February, hour 24).
    package init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0
    ) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999).contains(millisecond)
        else { return nil }
        let seconds = ((Self.daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
        milliseconds = Int64(seconds) * 1000 + Int64(millisecond)
    }

    /// Reads an RFC 3339 instant (`2024-03-01T05:06:07.089Z`, `…+02:00`) from UTF-8 bytes. Nil when it is anything else.
    package init?(rfc3339 text: some Collection<UInt8>) {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2), reader.skip("-"),
            let day = reader.digits(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.digits(2), reader.skip(":"), let minute = reader.digits(2)
        else { return nil }
        var second = 0
        var millisecond = 0
        if reader.skip(":") {
            guard let value = reader.digits(2) else { return nil }
            second = value
            if reader.skip(".") {
                guard let value = reader.milliseconds() else { return nil }
                millisecond = value
            }
        }
        var offset = 0
        if !reader.skip("Z"), !reader.skip("z") {
            let east = reader.skip("+")
            guard east || reader.skip("-"), let hours = reader.digits(2), reader.skip(":"),
                let minutes = reader.digits(2),
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (east ? 1 : -1)
        }
        guard reader.isAtEnd,
            let local = Instant(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond
            )
        else { return nil }
        milliseconds = local.milliseconds - Int64(offset) * 60_000
        // An offset may lead out of the years that a text can say; such an instant could be written and not read again.
        guard (1...9999).contains(civilDate.year) else { return nil }
    }

    package init?(_ text: String) {
        self.init(rfc3339: text.utf8)
    }

    /// Days since 1970-01-01 of a proleptic Gregorian date, by counting from 1 March so that the leap day comes last.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Year, month and day in UTC: the inverse of ``daysSinceEpoch(_:_:_:)``.
    package var civilDate: (year: Int, month: Int, day: Int) {
        let days = Int(
            (milliseconds - milliseconds.flooredRemainder(Self.millisecondsPerDay)) / Self.millisecondsPerDay)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        return (
            yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9,
            dayOfYear - (153 * month + 2) / 5 + 1
        )
    }

    /// Milliseconds since midnight UTC.
    package var millisecondOfDay: Int64 {
        milliseconds.flooredRemainder(Self.millisecondsPerDay)
    }

    /// `2024-03-01T05:06:07.089Z`: the form the API uses.
    package var rfc3339: String {
        let (year, month, day) = civilDate
        let time = Int(millisecondOfDay)
        return "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))T\((time / 3_600_000).padded(2)):"
            + "\((time / 60_000 % 60).padded(2)):\((time / 1000 % 60).padded(2)).\((time % 1000).padded(3))Z"
    }
}

extension Instant: Comparable {
    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (instant: Instant, milliseconds: Int64) -> Instant {
        Instant(milliseconds: instant.milliseconds + milliseconds)
    }

    package static func - (left: Instant, right: Instant) -> Int64 { left.milliseconds - right.milliseconds }
}

extension Instant: CustomStringConvertible, Codable {
    package var description: String { rfc3339 }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let instant = Instant(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not an RFC 3339 instant")
        }
        self = instant
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

extension Int64 {
    /// The remainder that has the divisor's sign, so that instants before 1970 fall into the day they belong to.
    func flooredRemainder(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension Int {
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
