import FoundationEssentials
import Testing
import TrawlCore

/// Small documents in memory.
struct JSONValueTests {
    private static func read(_ text: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    @Test(arguments: [
        "999992233720368547.580759", "1e17", "1.0", "-0.0", "9223372036854775807.5", "1e300", "0.1", "-1.5e-7",
        "9223372036854775808", "4503599627370497.5",
    ])
    func `a number's canonical text is read back as the same value`(text: String) throws {
        let value = try Self.read(text)
        let again = try Self.read(value.canonical)
        #expect(again == value && again.canonical == value.canonical)
    }
}
