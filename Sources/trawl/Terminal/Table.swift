/// Lines whose columns stand below each other.
enum Table {
    /// The head and one line for each row. Columns are two spaces apart; the last one is as long as it likes.
    static func lines(_ head: [String], _ rows: [[String]]) -> [String] {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths).enumerated().map { index, cell in
                index == row.count - 1 ? cell.0 : cell.0.padding(to: cell.1)
            }.joined(separator: "  ")
        }
    }
}
