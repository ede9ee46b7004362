import Foundation
import Testing
import TrawlCore

struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
        ("2024-03-01T05:06:07.089Z", 1_709_269_567_089),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2000-03-01T00:00:00.000Z", 951_868_800_000),
    ])
    func `an instant reads and writes the API's form`(text: String, milliseconds: Int) {
        #expect(Instant(text)?.milliseconds == Int64(milliseconds))
        #expect(Instant(milliseconds: Int64(milliseconds)).rfc3339 == text)
    }

    @Test(arguments: [
        ("2024-01-01T00:00Z", "2024-01-01T00:00:00.000Z"),
        ("2024-01-01T00:00:00+02:00", "2023-12-31T22:00:00.000Z"),
        ("2024-01-01T00:00:00.5-05:30", "2024-01-01T05:30:00.500Z"),
        ("2024-01-01t10:00:00.123999z", "2024-01-01T10:00:00.123Z"),
        ("2024-01-01 10:00:00Z", "2024-01-01T10:00:00.000Z"),
    ])
    func `other spellings of RFC 3339 are understood`(text: String, expected: String) {
        #expect(Instant(text)?.rfc3339 == expected)
    }

    @Test(arguments: [
        "", "2024", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:60Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx",
        "2024-01-01T00:00:00+25:00", "24-01-01T00:00:00Z", "2024-1-01T00:00:00Z", "0000-01-01T00:00:00Z", "2024-01-01",
        "9999-12-31T23:59:59.999-00:01", "0001-01-01T00:00:00+00:01",
    ])
    func `what is no instant is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `civil dates agree with Foundation's over four centuries`() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: -40_000, through: 100_000, by: 37) {
            let instant = Instant(milliseconds: Int64(day) * Instant.millisecondsPerDay + 1)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect(instant.civilDate == (parts.year!, parts.month!, parts.day!))
            #expect(Instant(instant.rfc3339) == instant)
        }
    }

    @Test(arguments: [("90s", 90_000), ("15m", 900_000), ("2h", 7_200_000), ("1d", 86_400_000), ("500ms", 500)])
    func `durations read and write`(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.format(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: ["", "s", "0s", "-1s", "1.5h", "1 h", "h1", "99999999999999999999d", "9223372036854775807d", "10"])
    func `what is no duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
