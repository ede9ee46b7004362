import FoundationEssentials
import Testing
import TrawlCore
import TrawlSource

/// What a page says beside its records: total, page count and cursor, at the top or in an object.
struct PageStatementTests {
    /// Looks for `paging.total`, `paging.pages` and `next`, or for all of them in `paging`.
    private static func splitter(cursor: String = "next") throws -> PageSplitter {
        let text = """
            {"name":"x","method":"POST","path":"/","interval":{"in":"body","key":"interval"},
            "paging":{"style":"cursor","pageSize":{"in":"body","key":"size","standard":1,"maximum":1},
            "cursor":{"in":"query","key":"c","from":"\(cursor)"}},
            "records":{"keys":["items","rows"],"id":"conversationId","start":"conversationStart","end":"conversationEnd"},
            "total":{"key":"paging.total"},"pageCount":{"key":"paging.pages"}}
            """
        return PageSplitter(profile: try EndpointProfile(json: Data(text.utf8)))
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let page: String
        let total: Int?
        let pages: Int?
        let cursor: String?
        var testDescription: String { page }

        init(_ page: String, _ total: Int? = nil, _ pages: Int? = nil, _ cursor: String? = nil) {
            self.page = page
            self.total = total
            self.pages = pages
            self.cursor = cursor
        }
    }

    @Test(arguments: [
        Row("{}"), Row(#"{"paging":{}}"#), Row(#"{"paging":null}"#), Row(#"{"paging":[{"total":1}]}"#),
        Row(#"{"paging":7}"#),
        Row(#"{"total":1,"pages":2}"#), Row(#"{"paging":{"next":"x"}}"#), Row(#"{"x":{"paging":{"total":1}}}"#),
        Row(#"{"paging":{"x":{"total":1,"pages":2}}}"#),
        Row(#"{"paging":{"total":1,"pages":2},"next":"x"}"#, 1, 2, "x"),
        Row(#"{"next":"x","items":[],"paging":{"pages":2,"total":1}}"#, 1, 2, "x"),
        Row(#" { "paging" : { "total" : 1 , "x" : [ { } ] , "pages" : 2 } , "next" : "x" } "#, 1, 2, "x"),
        Row(#"{"p\u0061ging":{"t\u006ftal":1,"pag\u0065s":2},"\u006eext":"x"}"#, 1, 2, "x"),
        Row(#"{"paging":{"total":1,"total":2,"pages":3,"pages":4},"next":"x","next":"y"}"#, 2, 4, "y"),
        // Of a repeated key the last value counts, with all that is in it.
        Row(#"{"paging":{"total":1,"pages":2},"paging":{"pages":3}}"#, nil, 3),
        Row(#"{"paging":{"total":1,"pages":2},"paging":null}"#),
        Row(#"{"paging":{"total":"x"},"paging":{"total":1}}"#, 1),
        Row(#"{"next":"x","next":null}"#), Row(#"{"next":7,"next":"x"}"#, nil, nil, "x"), Row(#"{"next":""}"#),
        Row(#"{"paging":{"total":null,"pages":null},"next":null}"#), Row(#"{"paging":{"pages":1.5}}"#),
        Row(#"{"paging":{"pages":"3"}}"#), Row(#"{"paging":{"pages":99999999999999999999}}"#),
        Row(#"{"paging":{"pages":[1]}}"#), Row(#"{"paging":{"pages":-1,"total":0}}"#, 0),
        Row(#"{"next":"\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t"}"#, nil, nil, "é😀/\"\\\u{8}\u{C}\n\r\t"),
    ])
    func `statements are read at their place, the last one where there are several`(row: Row) throws {
        let page = try Self.splitter().split(Array(row.page.utf8))
        #expect(page.total == row.total)
        #expect(page.pageCount == row.pages)
        #expect(page.cursor?.bytes == row.cursor.map { Array($0.utf8) })
    }

    @Test func `total, page count and cursor may share an object`() throws {
        let splitter = try Self.splitter(cursor: "paging.next")
        let page = try splitter.split(
            Array(#"{"rows":[\#(record("a"))],"paging":{"next":"x","total":1,"pages":2},"next":"y"}"#.utf8))
        #expect(page.total == 1 && page.pageCount == 2 && page.cursor == Cursor(Array("x".utf8)))
        #expect(page.records.ids == ["a"])
        #expect(try splitter.split(Array(#"{"paging":{"next":"x"},"paging":{}}"#.utf8)).cursor == nil)
    }

    @Test(arguments: [
        (#"{"paging":{"total":"1"}}"#, MalformedPage.Reason.badTotal, 19),
        (#"{"paging":{"total":1.5}}"#, .badTotal, 19),
        (#"{"next":7}"#, .badCursor, 8), (#"{"next":true}"#, .badCursor, 8), (#"{"next":{}}"#, .badCursor, 8),
        (#"{"next":"x","next":["y"]}"#, .badCursor, 19), (#"{"paging":{"total":1}"#, .truncated, 21),
        (#"{"paging":{"total":1,}}"#, .unexpectedByte, 21), (#"{"paging":{"total":01}}"#, .badNumber, 20),
        (#"{"next":"x}"#, .truncated, 11), (#"{"next":"\x"}"#, .badEscape, 10),
    ])
    func `a total that is no number and a cursor that is no text are refused`(
        page: String, reason: MalformedPage.Reason, offset: Int
    ) throws {
        let error = try #require(throws: MalformedPage.self) {
            _ = try Self.splitter().split(Array(page.utf8))
        }
        #expect(error.reason == reason && error.offset == offset, "\(error)")
    }

    @Test func `half a surrogate pair stays what it is`() throws {
        let page = try Self.splitter().split(Array(#"{"next":"a\ud800"}"#.utf8))
        #expect(page.cursor?.bytes == [0x61, 0xED, 0xA0, 0x80])
    }
}
