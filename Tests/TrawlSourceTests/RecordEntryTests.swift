import Testing
import TrawlCore
import TrawlSource

struct RecordEntryTests {
    struct Row: CustomTestStringConvertible {
        var record: String
        var rejection: Rejection?
        var flags: RecordEntry.Flags = .open
        var id: String? = nil
        var testDescription: String { record }

        init(_ record: String, rejection: Rejection? = nil, flags: RecordEntry.Flags = .open, id: String? = nil) {
            self.record = record
            self.rejection = rejection
            self.flags = flags
            self.id = id
        }
    }

    static let start = #""conversationStart":"2024-03-01T05:06:07.089Z""#

    @Test(arguments: [
        Row(record("a"), id: "a"),
        Row(#"{\#(start),"conversationId":"a"}"#, id: "a"),
        Row(#"{"x":{"conversationId":"deep"},\#(start),"conversationId":"a"}"#, id: "a"),
        Row(record("a", #","conversationId":"b""#), flags: [.open, .repeatedID], id: "b"),
        Row(record("a", #","conversation\u0049d":"b""#), flags: [.open, .repeatedID], id: "b"),
        Row(record(#"\u0041"#), flags: [.open, .escapedID], id: #"\u0041"#),
        Row(record(#"a\"b"#), flags: [.open, .escapedID], id: #"a\"b"#),
        Row(record("a", #","conversationEnd":null"#), id: "a"),
        Row(record("a", #","conversationEnd":"2024-03-01T06:00:00.000Z""#), flags: [], id: "a"),
        Row(record("a", #","conversationEnd":"whenever""#), id: "a"),
        Row(record("a", #","conversationEnd":17"#), id: "a"),
        Row(#"{"conversationId":"a","conversationStart":"2024-03-01T06:06:07.089+01:00"}"#, id: "a"),
        Row(#"{"conversationId":"a","conversationStart":"2024-03-01T05:06:07.0899999Z"}"#, id: "a"),
        Row(#"{"conversationId":"a","conversationStart":"2024-03-01T05:06:07\u002e089Z"}"#, id: "a"),
        Row(#"{"conversationId":"a","conversationStart":"x",\#(start)}"#, id: "a"),
    ])
    func `a good record is read from its top level alone`(row: Row) throws {
        let (line, entry) = try single(row.record)
        #expect(line == row.record)
        #expect(entry.length == UInt32(row.record.utf8.count + 1))
        #expect(entry.rejection == nil)
        #expect(entry.flags == row.flags)
        #expect(entry.start == startOfRecords)
        #expect((entry.end == .max) == row.flags.contains(.open))
        #expect(try split(#"{"conversations":[\#(row.record)]}"#).records.ids == [row.id])
    }

    @Test(arguments: [
        Row("null", rejection: .notAnObject),
        Row("17", rejection: .notAnObject),
        Row(#""text""#, rejection: .notAnObject),
        Row("[{\(start)}]", rejection: .notAnObject),
        Row("{\(start)}", rejection: .missingID),
        Row("{}", rejection: .missingID),
        Row(#"{"x":{"conversationId":"deep"},\#(start)}"#, rejection: .missingID),
        Row(#"{"conversationid":"other case",\#(start)}"#, rejection: .missingID),
        Row(#"{"conversationId":null,\#(start)}"#, rejection: .nullID),
        Row(#"{"conversationId":"a","conversationId":null,\#(start)}"#, rejection: .nullID),
        Row(#"{"conversationId":"",\#(start)}"#, rejection: .emptyID),
        Row(#"{"conversationId":17,\#(start)}"#, rejection: .nonStringID),
        Row(#"{"conversationId":{"conversationId":"a"},\#(start)}"#, rejection: .nonStringID),
        Row(#"{"conversationId":["a"],\#(start)}"#, rejection: .nonStringID),
        Row(#"{"conversationId":true,\#(start)}"#, rejection: .nonStringID),
        Row(#"{"conversationId":"a"}"#, rejection: .missingStart),
        Row(#"{"conversationId":"a","conversationStart":null}"#, rejection: .missingStart),
        Row(#"{"conversationId":"a","conversationStart":""}"#, rejection: .unreadableStart),
        Row(#"{"conversationId":"a","conversationStart":1709269567089}"#, rejection: .unreadableStart),
        Row(#"{"conversationId":"a","conversationStart":"2024-02-30T00:00:00.000Z"}"#, rejection: .unreadableStart),
        Row(#"{"conversationId":"a","conversationStart":"2024-03-01T05:06:07.089"}"#, rejection: .unreadableStart),
        Row(#"{"conversationId":"a","conversationStart":"2024-03-01T05:06:60.089Z"}"#, rejection: .unreadableStart),
        Row(#"{"conversationId":"a","conversationStart":"9999-12-31T23:59:59-00:01"}"#, rejection: .unreadableStart),
        Row(#"{"conversationId":"a","conversationStart":"2024/03/01T05:06:07.089Z"}"#, rejection: .unreadableStart),
    ])
    func `a record that cannot be merged is a line with its reason`(row: Row) throws {
        let (line, entry) = try single(row.record)
        #expect(line == row.record)
        #expect(entry.rejection == row.rejection)
        #expect(entry.start == 0)
        #expect(entry.end == 0)
        let twin = try split(#"{"conversations":[\#(record("good")), \#(row.record) ]}"#).records
        #expect(twin.entries[1].id == entry.id)
        #expect(try single(#"{"other":1}"#).entry.id != entry.id)
    }

    @Test(arguments: [
        ("A", #"\u0041"#, true), ("/", #"\/"#, true), ("é", #"\u00e9"#, true), ("é", #"\u00E9"#, true),
        ("e\u{301}", "é", false), ("\u{1F600}", #"\ud83d\ude00"#, true), ("\u{1F600}", #"\uD83D\uDE00"#, true),
        (#"\ud800"#, #"\ud801"#, false), (#"\ud800"#, #"\uD800"#, true), (#"\ud800"#, #"\udc00"#, false),
        (#"\ud800x"#, #"\ud800y"#, false), (#"\udc00\ud800"#, #"\ud800\udc00"#, false), ("a", #"a\u0000"#, false),
        (#"\u0000"#, #"\u0000\u0000"#, false), ("a", "A", false), (#"\n"#, #"\u000a"#, true),
    ])
    func `ids are compared by their decoded bytes`(left: String, right: String, same: Bool) throws {
        let (one, other) = (try single(record(left)).entry, try single(record(right)).entry)
        #expect((one.id == other.id) == same)
        if same { #expect(one.idPrefix == other.idPrefix) }
    }

    @Test func `the id prefix is the first eight decoded bytes, in order`() throws {
        #expect(try single(record("abcdefghij")).entry.idPrefix == 0x6162_6364_6566_6768)
        #expect(try single(record("ab")).entry.idPrefix == 0x6162_0000_0000_0000)
        #expect(try single(record(#"\u0061\u00e9"#)).entry.idPrefix == 0x61C3_A900_0000_0000)
        #expect(try single(record(#"\ud800"#)).entry.idPrefix == 0xEDA0_8000_0000_0000)
    }

    @Test func `decoding undoes every escape and never leaves its bounds`() {
        #expect(IDToken.decode(#"\"\\\/\b\f\n\r\tx"#.utf8) == Array("\"\\/\u{8}\u{c}\n\r\tx".utf8))
        #expect(IDToken.decode(#"\ud83d\ude00"#.utf8) == Array("\u{1F600}".utf8))
        #expect(IDToken.decode(#"\ud83d\u0041"#.utf8) == [0xED, 0xA0, 0xBD, 0x41])
        #expect(IDToken.decode([]).isEmpty)
        for broken in [#"\"#, #"\u"#, #"\u12"#, #"\ud83d\u"#, #"\ud83d\"#, #"\uzzzz"#, #"\ud83d\uzz~~"#] {
            #expect(IDToken.decode(broken.utf8).count <= broken.utf8.count)
        }
    }

    @Test(arguments: [
        ("", 0), (#","participants":null"#, 0), (#","participants":{"sessions":[{"segments":[1]}]}"#, 0),
        (#","participants":[{"sessions":[{"segments":[{},{"a":[1,2]}]},{"segments":[{}]}]},{"sessions":[]}]"#, 3),
        (#","participants":[1,"x",[],{"sessions":[null,{"segments":null},{"segments":[1,2,3,4]}]}]"#, 4),
        (#","participants":[{"sessions":[{"x":{"segments":[1]}}],"segments":[1,2]}],"segments":[1]"#, 0),
        (#","participants":[{"segment\u0073":[],"se\u0073sions":[{"\u0073egments":[1]}]}]"#, 1),
        (#","participants":[{"sessions":[{"segments":[1,2]}]}],"participants":[{"sessions":[{"segments":[1]}]}]"#, 1),
        (#","participants": [ { "sessions" : [ { "segments" : [ {} , {} ] } ] } ] "#, 2),
    ])
    func `segments are counted along their path only`(more: String, count: UInt32) throws {
        #expect(try single(record("a", more)).entry.segments == count)
    }

    @Test func `instants are read as TrawlCore reads them`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            func number(_ range: ClosedRange<Int>, _ width: Int) -> String {
                let digits = String(Int.random(in: range, using: &random))
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            var text =
                "\(number(0...9999, 4))-\(number(0...13, 2))-\(number(0...32, 2))T\(number(0...24, 2))"
                + ":\(number(0...60, 2)):\(number(0...60, 2))"
            text += Bool.random() ? ".\(number(0...999, 3))Z" : Bool.random() ? "Z" : ".5-07:30"
            let entry = try single(#"{"conversationId":"a","conversationStart":"\#(text)"}"#).entry
            #expect(entry.rejection == (Instant(text) == nil ? .unreadableStart : nil), "\(text)")
            #expect(entry.start == Instant(text)?.milliseconds ?? 0, "\(text)")
        }
    }

    @Test func `records of one page with the same id are ranked by their bytes`() throws {
        let versions = ["b", "a", "b", "ab", "c"].map { record("same", #","x":"\#($0)""#) }
        let others = [record("other"), "null", "null"]
        let page = try split(#"{"conversations":[\#((versions + others).joined(separator: ","))]}"#).records
        #expect(page.entries.map(\.rank) == [2, 0, 3, 1, 4, 0, 0, 1])
        let escaped = try split(#"{"conversations":[\#(record("B")),\#(record(#"\u0042"#))]}"#).records
        #expect(escaped.entries.map(\.rank) == [0, 1])
    }
}
