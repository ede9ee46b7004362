import Redis
import TrawlCore

/// A Redis hash, read by name.
struct Fields {
    private(set) var values: [String: String] = [:]

    /// From what HGETALL answers.
    init(_ reply: RedisReply) throws {
        let fields = try reply.array
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            values[try fields[index].text] = try fields[index + 1].text
        }
    }

    subscript(name: String) -> String? { values[name] }

    func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }
}

extension Progress {
    /// Counters that are missing are 0.
    init(_ fields: Fields) {
        self.init()
        for (name, count) in Self.counters { self[keyPath: count] = fields.number(name) ?? 0 }
    }
}
