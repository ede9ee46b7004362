import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

struct FixtureTests {
    private static let first =
        #"{"conversationEnd":"2024-02-06T00:40:00.000Z","conversationId":"b","conversationStart":"2024-02-06T00:30:44.424Z","#
        + #""mos":4.10,"big":12345678901234567890,"e":1E+2,"text":"a \" b\\","x":[1,{"y":null}],"u":"\u00e9\/é","x":2}"#
    private static let second = #"{"conversationStart":"2024-02-06T00:30:44.424Z","conversationId":"a","n":-0.0}"#
    private static let third =
        #"{"conversationId":"\u0063","conversationStart":"2024-02-05T23:00:00Z","conversationEnd":null}"#

    private static let page =
        "\u{20}{ \"totalHits\" : 3,\r\n \"conversations\" : [\n\(first.replacing(",", with: " ,\n\t"))"
        + ", \(second) ,\n \(third.replacing(":\"", with: " : \""))\n ] , \"aggregations\":[ ] }\n"

    private static func asker(_ text: String) throws -> Asker {
        var options = options(10)
        options.fixture = Array(text.utf8)
        return try Asker(options)
    }

    private static let expected = [third, second, first]

    @Test func `a page is served record by record with its bytes`() throws {
        let asker = try Self.asker(Self.page)
        #expect(asker.truth("/truth") == Self.expected)
        #expect(asker.truth("/truth/ids") == ["c", "a", "b"])
        #expect(
            asker.query(interval("2024-02-06", "2024-02-07")).text
                == #"{"conversations":[\#(Self.second),\#(Self.first)],"totalHits":2}"#)
    }

    @Test func `NDJSON is read as well`() throws {
        #expect(try Self.asker(Self.expected.joined(separator: "\n") + "\n").truth("/truth") == Self.expected)
        #expect(try Self.asker(Self.first).truth("/truth") == [Self.first])
        #expect(try Self.asker("").truth("/truth") == [])
    }

    @Test func `records are selected by their own start and end`() throws {
        let asker = try Self.asker(Self.page)
        // Open since the fifth of February, but started on a day that this interval does not touch.
        #expect(try asker.query(interval("2024-02-06T10:00:00Z", "2024-02-06T11:00:00Z")).page().ids == ["a"])
        #expect(
            try asker.query(interval("2024-02-05T23:30:00Z", "2024-02-06T00:31:00Z")).page().ids == ["c", "a", "b"])
    }

    @Test(arguments: [
        (#"{"conversations":[{"conversationId":"a"}]}"#, "record 1 has no readable conversationStart"),
        (#"{"conversationStart":"2024-02-05T23:00:00Z"} {"conversationStart":7}"#, "record 2"),
        (#"{"conversations":[{"conversationStart":"2024-02-05T23:00:00Z"},]}"#, "byte 63"),
        ("[1", "',' or ']'"), ("truth", "no JSON value"), (#""\q""#, "no such escape"), ("01", "no JSON value"),
        ("\"a\nb\"", "control character"), ("{\"a\" 1}", "':'"), ("1.e", "digits"),
        (#""\u+123""#, "hexadecimal"), (#""\ud83d\u12""#, "hexadecimal"), ("\"a", "ends inside a string"),
    ])
    func `a file that is no fixture is refused with the place`(text: String, reason: String) {
        let error = #expect(throws: SimulatorError.self) { try Self.asker(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `a generated population comes back from its own truth`() throws {
        let original = try Asker(options(60))
        let copy = try Self.asker(original.get("/truth").text)
        let day = interval("2024-03-02", "2024-03-03")
        let filter = #","segmentFilters":[{"type":"and","predicates":[{"dimension":"mediaType","value":"voice"}]}]"#
        #expect(copy.query(day).text == original.query(day).text)
        #expect(copy.query(day, more: filter).text == original.query(day, more: filter).text)
    }
}
