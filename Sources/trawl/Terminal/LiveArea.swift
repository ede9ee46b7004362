/// Lines below the log that are redrawn in place: what has to be written to a terminal for it.
///
/// Every change is one string, so that one write shows it whole, and old lines are overwritten rather than erased first:
/// nothing flickers.
struct LiveArea: Sendable {
    private(set) var lines: [String] = []
    /// How wide the terminal was when they were written.
    private var columns = 0

    /// Puts `lines`, none of which may be wider than `columns - 1`, in the place of those that are there.
    mutating func draw(_ lines: [String], columns: Int) -> String {
        guard !lines.isEmpty else { return erase(columns: columns) }
        let start = self.lines.isEmpty ? "\u{1B}[?25l" : ""
        // Wrapping is off meanwhile: a line that is wider than we think must not move all others.
        let text =
            start + top(columns: columns) + "\u{1B}[?7l" + lines.joined(separator: "\u{1B}[K\r\n") + "\u{1B}[K\u{1B}[J"
            + "\u{1B}[?7h"
        self.lines = lines
        self.columns = columns
        return text
    }

    /// Writes a line of the log, which may wrap, above them.
    mutating func insert(_ text: String, columns: Int) -> String {
        if lines.isEmpty { return text + "\n" }
        let before = clearing(columns: columns) + text + "\r\n"
        let lines = lines
        self.lines = []
        let after = draw(lines, columns: columns)
        return before + after
    }

    /// Takes them away, and shows the cursor where they began.
    mutating func erase(columns: Int) -> String {
        if lines.isEmpty { return "" }
        defer { lines = [] }
        return clearing(columns: columns) + "\u{1B}[?25h"
    }

    /// To the first column of the first line.
    private func top(columns now: Int) -> String {
        let rows = rows(now)
        return rows == 0 ? "" : rows > 1 ? "\r\u{1B}[\(rows - 1)A" : "\r"
    }

    /// The same, with all rows cleared: one by one, because a terminal may keep what is cleared with the whole screen in
    /// its history.
    private func clearing(columns now: Int) -> String {
        let rows = rows(now)
        return rows == 0 ? "" : "\r\u{1B}[2K" + String(repeating: "\u{1B}[1A\u{1B}[2K", count: rows - 1)
    }

    /// How many rows the lines take. On a terminal that has become narrower, they wrap.
    private func rows(_ now: Int) -> Int { lines.reduce(0) { $0 + (now < columns ? Self.rows($1, now) : 1) } }

    private static func rows(_ line: String, _ columns: Int) -> Int {
        var visible = 0
        var isEscape = false
        for character in line {
            if character == "\u{1B}" { isEscape = true }
            if !isEscape { visible += StyledLine.columns(String(character)) }
            if isEscape, character == "m" { isEscape = false }
        }
        return max(1, (visible + columns - 1) / max(1, columns))
    }
}
