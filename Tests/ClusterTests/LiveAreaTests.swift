import Testing

@testable import trawl

/// The live lines and the log above them, on a terminal that does what is written to it.
struct LiveAreaTests {
    /// As much of a terminal as Trawl uses. Anything else that is written to it is a fault.
    private struct Terminal {
        let columns: Int
        var rows: [[Character]] = [[]]
        var row = 0
        var column = 0
        var cursor = true
        var wraps = true

        /// Without the empty rows at the end.
        var lines: [String] {
            rows.reversed().drop(while: \.isEmpty).reversed().map { String($0) }
        }

        mutating func write(_ text: String) throws {
            var rest = Array(text.unicodeScalars)[...]
            while let scalar = rest.popFirst() {
                switch scalar {
                case "\r": column = 0
                case "\n": newline()
                case "\u{1B}":
                    try #require(rest.popFirst() == "[")
                    var code = ""
                    while let next = rest.popFirst() {
                        code.unicodeScalars.append(next)
                        if next.properties.isAlphabetic { break }
                    }
                    try obey(code)
                default: put(Character(scalar))
                }
            }
        }

        private mutating func newline() {
            (row, column) = (row + 1, 0)
            if row == rows.count { rows.append([]) }
        }

        private mutating func put(_ character: Character) {
            if column == columns {
                if wraps { newline() } else { column -= 1 }
            }
            while rows[row].count <= column { rows[row].append(" ") }
            rows[row][column] = character
            column += 1
        }

        private mutating func obey(_ code: String) throws {
            switch code {
            case "K": rows[row] = Array(rows[row].prefix(column))
            case "J":
                rows[row] = Array(rows[row].prefix(column))
                rows = Array(rows.prefix(row + 1))
            case "2K": rows[row] = []
            case "?25l": cursor = false
            case "?25h": cursor = true
            case "?7l": wraps = false
            case "?7h": wraps = true
            default:
                let count = try #require(Int(code.dropLast()))
                try #require(code.last == "A" && count <= row)
                row -= count
            }
        }
    }

    @Test func `lines are redrawn in their place, the log goes above them, and nothing stays behind`() throws {
        var terminal = Terminal(columns: 20)
        var area = LiveArea()
        try terminal.write(area.insert("first", columns: 20))
        try terminal.write(area.draw(["one", "two", "three"], columns: 20))
        #expect(terminal.lines == ["first", "one", "two", "three"] && !terminal.cursor && terminal.wraps)
        try terminal.write(area.draw(["1", "22"], columns: 20))
        #expect(terminal.lines == ["first", "1", "22"])
        try terminal.write(area.insert("a line that is wider than that", columns: 20))
        #expect(terminal.lines == ["first", "a line that is wider", " than that", "1", "22"])
        try terminal.write(area.draw(["1", "22", "333", "4444"], columns: 20))
        #expect(terminal.lines.suffix(4) == ["1", "22", "333", "4444"])
        try terminal.write(area.erase(columns: 20))
        #expect(terminal.lines == ["first", "a line that is wider", " than that"] && terminal.cursor)
        #expect(area.erase(columns: 20).isEmpty)
        try terminal.write(area.insert("last", columns: 20))
        #expect(terminal.lines == ["first", "a line that is wider", " than that", "last"])
    }

    @Test func `a terminal that became narrower has wrapped the lines, and they are found again`() throws {
        var terminal = Terminal(columns: 10)
        var area = LiveArea()
        _ = area.draw(["\u{1B}[32m123456789012345678\u{1B}[0m", "short"], columns: 20)
        // What a terminal that wraps anew shows of it.
        try terminal.write("before\n1234567890\r\n12345678\r\nshort")
        try terminal.write(area.draw(["new", "lines"], columns: 10))
        #expect(terminal.lines == ["before", "new", "lines"])
    }
}
