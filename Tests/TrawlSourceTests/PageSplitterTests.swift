import FoundationEssentials
import Testing
import TrawlCore
import TrawlSource

struct PageSplitterTests {
    @Test(arguments: [
        #","x":"a\u2028\u2029\#u{2028}b\n\r""#, #","x":[1e400,-1E+400,0.1000,1234567890123456789012345,-0,0e0]"#,
        #","x":"\u0000\ud800\udfff\ud83d""#, #","x":{"a":1,"a":2,"":{}}"#,
        #","x":"spaces  inside [ ] { } , : \" kept""#,
        #","conversations":[{"conversationId":"inner"}],"totalHits":99"#, #","x":" \\" "# + #","y":[]"#,
        #","x":"é漢\#u{1F600}\#u{7F}""#, #","\u0061":true,"b":false,"c":null"#, #","x":[[],{},[[[]]],""]"#,
    ])
    func `a record's bytes pass exactly as they are`(more: String) throws {
        let compact = more.hasSuffix(#""y":[]"#) ? more.replacing(" ,", with: ",") : more
        let (line, entry) = try single(record("a", more))
        #expect(line == record("a", compact))
        #expect(entry.rejection == nil)
    }

    @Test func `white space goes between tokens and stays inside strings`() throws {
        let page = try split(
            "\u{FEFF} {\r\n\t\"totalHits\" : 2 ,\n \"conversations\" : [\n  { \"x\" : \"a  b\" , \"n\" : [ 1 , 2 ] ,\r\n"
                + "\"conversationStart\" : \"2024-03-01T05:06:07.089Z\" , \"conversationId\" : \"i d\" }\n , null\t] } \n "
        )
        #expect(page.total == 2)
        #expect(
            page.records.texts == [
                #"{"x":"a  b","n":[1,2],"conversationStart":"2024-03-01T05:06:07.089Z","conversationId":"i d"}"#,
                "null",
            ])
        #expect(page.records.ids[0] == "i d")
        #expect(page.records.lines.count == page.records.entries.reduce(0) { $0 + Int($1.length) })
    }

    @Test func `a record of 5 MB is a line like any other`() throws {
        let large = record("large", #","x":"\#(String(repeating: #"\u2028é "#, count: 600_000))""#)
        #expect(large.utf8.count > 5 << 20)
        let page = try split(#"{"conversations":[\#(record("a")), \#(large) ,\#(record("b"))],"totalHits":3}"#)
        let isUnchanged = page.records.texts == [record("a"), large, record("b")]
        #expect(isUnchanged && page.records.ids == ["a", "large", "b"])
        #expect(page.records.entries[1].length == UInt32(large.utf8.count + 1))
    }

    struct Row: CustomTestStringConvertible {
        let page: String
        let ids: [String]
        let total: Int?
        var testDescription: String { page }

        init(_ page: String, ids: [String] = [], total: Int? = nil) {
            self.page = page
            self.ids = ids
            self.total = total
        }
    }

    @Test(arguments: [
        Row("{}"), Row(#"{"totalHits":0}"#, total: 0), Row(#"{"conversations":null,"totalHits":7}"#, total: 7),
        Row(#"{"conversations":[],"totalHits":null}"#),
        Row(#"{"data":[\#(record("d"))],"conversations":[\#(record("c"))]}"#, ids: ["c"]),
        Row(#"{"conversations":[\#(record("c"))],"data":[\#(record("d"))],"entities":7}"#, ids: ["c"]),
        Row(#"{"data":7,"conversations":[\#(record("c"))]}"#, ids: ["c"]),
        Row(#"{"conversations":null,"entities":[\#(record("e"))]}"#, ids: ["e"]),
        Row(#"{"entities":[\#(record("e"))],"data":[\#(record("d"))]}"#, ids: ["d"]),
        Row(#"{"conversations":[],"data":[\#(record("d"))]}"#),
        Row(#"{"conversations":[\#(record("a"))],"conversations":[\#(record("b"))]}"#, ids: ["b"]),
        Row(#"{"c\u006fnversations":[\#(record("c"))],"total\u0048its":3}"#, ids: ["c"], total: 3),
        Row(#"{"x":{"conversations":[\#(record("x"))],"totalHits":5}}"#),
        Row(#"{"totalHits":9223372036854775807}"#, total: .max), Row(#"{"totalHits":1,"totalHits":2}"#, total: 2),
        Row("\u{FEFF}{\"totalHits\":4}", total: 4),
    ])
    func `the records are those of the best key at the page's top level`(row: Row) throws {
        let page = try split(row.page)
        #expect(page.records.ids == row.ids)
        #expect(page.total == row.total)
    }

    @Test func `a page without a total key has no total`() throws {
        let text = """
            {"name":"x","method":"POST","path":"/","interval":{"in":"body","key":"interval"},"paging":{"style":"number",
            "pageSize":{"in":"body","key":"size","standard":1,"maximum":1},"page":{"in":"body","key":"page"}},
            "records":{"keys":["items"],"id":"id","start":"from","end":"from"}}
            """
        let profile = try JSONDecoder().decode(EndpointProfile.self, from: Data(text.utf8))
        let page = try PageSplitter(profile: profile).split(
            Array(#"{"totalHits":"x","items":[{"id":"1","from":"2024-03-01T05:06:07.089Z"}]}"#.utf8))
        #expect(page.total == nil)
        #expect(page.records.entries.map(\.start) == [startOfRecords])
        #expect(page.records.entries.map(\.end) == [startOfRecords])
    }

    @Test(arguments: [
        ("", MalformedPage.Reason.truncated, 0), (" \n", .truncated, 2), ("\u{FEFF}", .truncated, 3),
        ("[]", .notAnObject, 0), (" null", .notAnObject, 1), (#""x""#, .notAnObject, 0), ("<html>", .unexpectedByte, 0),
        (#"{"conversations":{}}"#, .recordsNotAnArray, 17), (#"{"conversations":"x"}"#, .recordsNotAnArray, 17),
        (#"{"conversations":[],"conversations":7}"#, .recordsNotAnArray, 36), (#"{"data":0}"#, .recordsNotAnArray, 8),
        (#"{"totalHits":"7"}"#, .badTotal, 13), (#"{"totalHits":7.5}"#, .badTotal, 13),
        (#"{"totalHits":-1}"#, .badTotal, 13),
        (#"{"totalHits":1e2}"#, .badTotal, 13), (#"{"totalHits":9223372036854775808}"#, .badTotal, 13),
        (#"{"totalHits":[]}"#, .badTotal, 13), ("{}x", .trailingBytes, 2), ("{} {}", .trailingBytes, 3),
        ("{}\0", .trailingBytes, 2),
        ("{", .truncated, 1), (#"{"a":1,}"#, .unexpectedByte, 7), ("\u{FEFF}\u{FEFF}{}", .unexpectedByte, 3),
        (#"{"a":01}"#, .badNumber, 6), (#"{"a":1.}"#, .badNumber, 7), (#"{"a":-}"#, .badNumber, 6),
        (#"{"a":"\q"}"#, .badEscape, 7), (#"{"a":"\u00x0"}"#, .badEscape, 10), ("{\"a\":\"\n\"}", .controlByte, 6),
        (#"{"a":trye}"#, .badLiteral, 5), (#"{"a":true1}"#, .unexpectedByte, 9),
    ])
    func `what is not a page is refused with its reason and place`(
        page: String, reason: MalformedPage.Reason, offset: Int
    ) {
        let error = #expect(throws: MalformedPage.self) { try split(page) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    static let invalid = [
        "truee", "tru", "True", "nul", "nulll", "falsee", "NaN", "Infinity", "-Infinity", "undefined", "01", "-01",
        "00", "1.", ".5",
        "+1", "-", "1e", "1e+", "1E-", "1.e1", "0x10", "1_000", "1,,2", ",1", "1,", "--1", "1.2.3", "1e5.5", "'a'",
        #""a" "x""#,
        #""a"x"#, #"1"a""#, #""\q""#, #""\u12""#, #""\u12g4""#, #""\U0041""#, #""\"#, "\"\t\"", "\"\n\"", "\"\u{1f}\"",
        "\"\0\"",
        "[1 2]", "[1,]", "[,1]", "[", "]", "[1}", "{]", "{1}", "{a:1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{"a":1 "b":2}"#,
        #"{"a" 1}"#, #"{"a"::1}"#, #"{,"a":1}"#, #"{"a":1;"b":2}"#, "//c\n1", "1/*c*/", "#1", "\u{A0}1", "\u{FEFF}1",
        "\u{2028}1",
        "\u{B}1", "\u{C}1", #"{"a":1}}"#, "1]", #"{null:1}"#, #"{"a":tru}"#, "- 1", "1 .5", "1e 5", "t rue",
    ]

    @Test(arguments: invalid)
    func `invalid JSON anywhere refuses the whole page`(value: String) {
        for page in [
            #"{"x":\#(value)}"#, #"{"conversations":[\#(record("good")),\#(value)]}"#, #"{"x":{"y":[[\#(value)]]}}"#,
            #"{"conversations":[\#(record("a", #","x":\#(value)"#))]}"#,
            #"{"conversations":[\#(record("a", #","participants":[{"sessions":[{"segments":[\#(value)]}]}]"#))]}"#,
        ] where !StrictJSON.accepts(Array(page.utf8)) {
            #expect(throws: MalformedPage.self, "\(page)") { try split(page) }
        }
        #expect(!StrictJSON.accepts(Array(#"{"x":\#(value)}"#.utf8)))
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are refused where they are`(bytes: [UInt8]) {
        let front = Array(#"{"é":"x"#.utf8)
        let error = #expect(throws: MalformedPage.self) { try splitter.split(front + bytes + Array(#""}"#.utf8)) }
        #expect(error?.reason == .notUTF8)
        #expect(error?.offset == front.count)
        #expect(throws: MalformedPage.self) { try splitter.split(front + bytes) }
    }

    @Test func `special bytes are seen wherever they stand in a string`() throws {
        for length in 0..<50 {
            for place in 0...length {
                let (front, back) = (
                    String(repeating: "x", count: place), String(repeating: "y", count: length - place)
                )
                for good in [#"\""#, #"\\"#, #"\u0000"#, "\u{7F}", "é", "\u{1F600}"] {
                    let text = record("a", #","x":"\#(front)\#(good)\#(back)""#)
                    #expect(try single(text).line == text)
                }
                for bad in ["\"", "\n", "\u{1F}", "\0", #"\x"#] {
                    #expect(throws: MalformedPage.self) { try single(record("a", #","x":"\#(front)\#(bad)\#(back)""#)) }
                }
            }
        }
    }

    @Test func `a page cut at any byte is refused`() throws {
        let page = Array(
            "{\"a\":[true,1.5e3,\"\\u00e9é\"],\"conversations\": [\(record("a")), \(record("b"))],\"totalHits\":12 }"
                .utf8)
        _ = try splitter.split(page)
        for length in 0..<page.count {
            #expect(throws: MalformedPage.self, "\(length) bytes") { try splitter.split(Array(page.prefix(length))) }
        }
    }

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func `nesting is limited, never a crash`(open: String, close: String) throws {
        func page(_ levels: Int) -> String {
            let middle = String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
            return #"{"conversations":[{"x":\#(middle)}]}"#
        }
        #expect(try split(page(509)).records.entries.count == 1)
        #expect(#expect(throws: MalformedPage.self) { try split(page(510)) }?.reason == .tooNested)
        let deep = String(repeating: open, count: 2_000_000)
        for text in [deep, #"{"x":"# + deep, #"{"conversations":[{"participants":"# + deep] {
            #expect(throws: MalformedPage.self) { try split(text) }
        }
    }

    @Test func `a page of countless records is refused`() {
        let page = "{\"conversations\":[" + String(repeating: "0,", count: PageSplitter.maximumRecords) + "0]}"
        #expect(#expect(throws: MalformedPage.self) { try split(page) }?.reason == .tooManyRecords)
    }
}
