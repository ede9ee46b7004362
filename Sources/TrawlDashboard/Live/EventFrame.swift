/// One event of a `text/event-stream`.
struct EventFrame: Hashable, Sendable {
    var event: String
    var id: Int?
    var data: String

    /// A line break inside `data` begins another data line, as the format has it: the reader puts them together again.
    var bytes: [UInt8] {
        var text = "event: \(event)\n"
        if let id { text += "id: \(id)\n" }
        let lines = data.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        for line in lines { text += "data: \(line)\n" }
        return Array((text + "\n").utf8)
    }

    /// What a stream begins with: how long a browser is to wait before it connects again.
    static let opening = Array("retry: 1000\n\n".utf8)
    /// Says that the server lives when there is nothing new.
    static let beat = EventFrame(event: "beat", data: "{}").bytes
}
