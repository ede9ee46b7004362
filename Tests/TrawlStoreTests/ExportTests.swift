import Glibc
import Testing
import TrawlCore

@testable import TrawlStore

/// Records become rows: what is quoted, what is derived, what a path finds.
struct ExportTests {
    private static let records = EndpointProfile.detailsQuery.records

    /// The table of these lines, without its header.
    private static func rows(_ lines: [String], _ columns: [ExportColumn]) throws -> String {
        let scratch = Scratch()
        let path = "\(scratch.path)/table"
        let output = CSVOutput(try OpenFile(path, O_WRONLY | O_CREAT))
        var rows = ExportRows(columns, records, output)
        for line in lines {
            let isRecord = try Array(line.utf8).withUnsafeBytes { try rows.append($0) }
            try #require(isRecord, "\(line)")
        }
        try output.flush()
        return String(decoding: Disk.read(path) ?? [], as: UTF8.self)
    }

    private static func row(_ line: String, _ list: String) throws -> String {
        try rows([line], ExportColumn.list(list, records))
    }

    private static func standard(_ line: String) throws -> String { try rows([line], ExportColumn.standard(records)) }

    // MARK: - Values

    struct Value: CustomTestStringConvertible {
        let json: String
        let field: String
        var testDescription: String { json }
    }

    @Test(arguments: [
        Value(json: #""plain""#, field: "plain"),
        Value(json: #""""#, field: #""""#),
        Value(json: #""a,b""#, field: #""a,b""#),
        Value(json: #""say \"no\"""#, field: #""say ""no""""#),
        Value(json: #""\"""#, field: #""""""#),
        Value(json: #""two\nlines""#, field: "\"two\nlines\""),
        Value(json: #""two\r\nlines""#, field: "\"two\r\nlines\""),
        Value(json: #"" ends ""#, field: #"" ends ""#),
        Value(json: "\"line\u{2028}separator\"", field: "line\u{2028}separator"),
        Value(json: #""\u2028\u00e4\/\\\t""#, field: "\u{2028}ä/\\\t"),
        Value(json: #""\ud83d\ude00""#, field: "\u{1F600}"),
        Value(json: #""a\ud800b\udc00""#, field: "a\u{FFFD}b\u{FFFD}"),
        Value(json: "\"\u{D7FF}\\n\"", field: "\"\u{D7FF}\n\""),
        Value(json: "1e400", field: "1e400"),
        Value(json: "-0.10", field: "-0.10"),
        Value(json: "12345678901234567890", field: "12345678901234567890"),
        Value(json: "true", field: "true"),
        Value(json: "[]", field: "[]"),
        Value(json: "{}", field: "{}"),
        Value(json: #"{"a":[1,"x"]}"#, field: #""{""a"":[1,""x""]}""#),
        Value(json: #"["}","\\\"]"]"#, field: #""[""}"",""\\\""]""]""#),
    ])
    func `a value is written as the API wrote it`(value: Value) throws {
        #expect(try Self.row(#"{"a":1,"v":\#(value.json),"z":2}"#, "v,z") == "\(value.field),2\n")
        #expect(try Self.row(#"{"v":\#(value.json)}"#, "v,z") == "\(value.field),\n")
    }

    @Test func `absent and null values are empty, and a row is never an empty line`() throws {
        let line = #"{"n":null,"o":{}}"#
        #expect(try Self.row(line, "n,m,o.x,o.x.y") == ",,,\n")
        #expect(try Self.row(line, "m") == "\"\"\n")
        #expect(try Self.rows([line, line], ExportColumn.list("m", Self.records)) == "\"\"\n\"\"\n")
    }

    @Test(arguments: [
        ("p.0.purpose", "customer"), ("p.1.purpose", "acd"), ("p.-1.purpose", "agent"), ("p.-3.purpose", "customer"),
        ("p.3.purpose", ""), ("p.-4.purpose", ""), ("p.00.purpose", ""), ("p.purpose", ""), ("p.0.purpose.x", ""),
        ("m.7", "seven"), ("m.-1", "minus"), (#"m.a\.b"#, "dotted"), (#"m.a\,b"#, "comma"), (#"m.a\=b"#, "equals"),
        (#"m.\*"#, "star"), ("m.spaced key", "spaced"), ("m.é", "accent"), ("twice", "2"),
        ("p.*.purpose", #""[""customer"",""acd"",""agent""]""#), ("p.*.n.*", "\"[1,2.50,3]\""), ("p.*.none", ""),
        ("p.1.n", "[]"), ("none.*", ""),
    ])
    func `a path finds its value`(path: String, field: String) throws {
        let line =
            #"{"p":[{"purpose":"customer","n":[1,2.50]},{"purpose":"acd","n":[]},{"purpose":"agent","n":[3]}],"#
            + #""m":{"7":"seven","-1":"minus","a.b":"dotted","a,b":"comma","a=b":"equals","*":"star","spaced key":"spaced","#
            + #""\u00e9":"accent"},"twice":1,"twice":2}"#
        #expect(try Self.row(line, "x=\(path),end=none") == "\(field),\n")
    }

    @Test(arguments: [
        "", "{", "{}}", "[1]", "7", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":[1,]}"#, #"{"a":[1}"#, #"{"a":"x}"#,
        #"{"a":1]"#, #"{"a":"\"}"#, #"{a:1}"#, #"{"a":1}{"#, #"{"a":1"b":2}"#,
    ])
    func `a line that is no record is told`(line: String) throws {
        let output = CSVOutput(try OpenFile("/dev/null", O_WRONLY))
        var rows = ExportRows(ExportColumn.standard(Self.records), Self.records, output)
        let isRecord = try Array(line.utf8).withUnsafeBytes { try rows.append($0) }
        #expect(!isRecord)
    }

    // MARK: - Standard columns

    private static let head = #""conversationId":"c","conversationStart":"2024-01-01T10:00:00.000Z""#

    @Test func `a call through a queue has all eight columns`() throws {
        let line =
            "{\(Self.head)"
            + #","conversationEnd":"2024-01-01T10:05:07.089Z","participants":["#
            + #"{"purpose":"ivr","participantName":"Main","sessions":[{"mediaType":"callback"}]},"#
            + #"{"purpose":"customer","participantName":"A, \"B\"","sessions":[{},{"mediaType":"voice"},{"mediaType":"chat"}]},"#
            + #"{"purpose":"acd","participantName":"Sales"},{"purpose":"acd","participantName":"Support, \"EN\""},{"purpose":"acd"},"#
            + #"{"purpose":"agent","participantName":"Ann","userId":"u1","sessions":[{"segments":[{"queueId":"q","wrapUpCode":"w1"}]}]},"#
            + #"{"purpose":"agent","userId":"u2","sessions":[{"segments":[{"wrapUpCode":"w2"},{"segmentType":"wrapup"}]}]},"#
            + #"{"purpose":"user","userId":"u3"}]}"#
        #expect(
            try Self.standard(line)
                == #"c,voice,2024-01-01T10:00:00.000Z,2024-01-01T10:05:07.089Z,307.089,"Support, ""EN""",u2,w2"# + "\n")
    }

    @Test func `an open conversation without participants has what it has`() throws {
        #expect(try Self.standard("{\(Self.head)}") == "c,,2024-01-01T10:00:00.000Z,,,,,\n")
        #expect(
            try Self.standard("{\(Self.head),\"participants\":{\"purpose\":\"agent\"}}")
                == "c,,2024-01-01T10:00:00.000Z,,,,,\n")
    }

    @Test func `without names there are ids, without an agent a user, without a customer anyone's channel`() throws {
        let line =
            "{\(Self.head)"
            + #","participants":[{"purpose":"acd","participantName":"","sessions":[{"mediaType":"message","segments":[{"queueId":"q1"},{"queueId":"q2"}]}]},"#
            + #"{"purpose":"user","participantName":"Bo","sessions":[7,{"segments":["x",{"queueId":5}]}]}]}"#
        #expect(try Self.standard(line) == "c,message,2024-01-01T10:00:00.000Z,,,q2,Bo,\n")
    }

    @Test(arguments: [
        ("2024-01-01T10:00:00.000Z", "0.000"), ("2024-01-01T09:59:59.950Z", "-0.050"),
        ("2024-03-01T10:00:00.005Z", "5184000.005"), ("later", ""),
    ])
    func `a duration has its milliseconds`(end: String, duration: String) throws {
        let line = "{\(Self.head),\"conversationEnd\":\"\(end)\",\"duration\":\"own\"}"
        #expect(try Self.row(line, "duration,own=$.duration") == "\(duration),own\n")
    }

    // MARK: - The list of columns

    @Test func `columns have their names in the header`() throws {
        let columns = try ExportColumn.list(
            #"conversationId, start = conversationStart ,a\,b=x,participants.0.purpose,$.channel"#, Self.records)
        #expect(columns.map(\.name) == ["conversationId", "start", "a,b", "participants.0.purpose", "$.channel"])
        #expect(columns.map(\.source).filter { $0 == .channel }.isEmpty)
        #expect(try ExportColumn.list("medium=channel", Self.records).map(\.source) == [.channel])
    }

    @Test(arguments: [
        ("", "a column is empty"), ("a,,b", "a column is empty"), ("a, ", "a column is empty"),
        ("=a", "no name"), ("a=", "no path"), ("a..b", "empty step"), (".a", "empty step"), ("a.", "empty step"),
        ("x=$.", "empty step"), ("a\\", "nothing follows"), ("a,b,a=c", "two columns 'a'"),
    ])
    func `a list that is none is refused in words`(list: String, reason: String) {
        do throws(ExportColumn.Fault) {
            _ = try ExportColumn.list(list, Self.records)
            Issue.record("'\(list)' was taken")
        } catch {
            #expect(error.reason.contains(reason), "\(error.reason)")
        }
    }
}
