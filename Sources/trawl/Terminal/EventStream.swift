import Guarded
import TrawlCore

/// Standard output as a stream of events for programs: one JSON object a line, the last of them the `result`, whatever
/// ends the command.
enum EventStream {
    private struct State {
        var isOpen = false
        var hasEnded = false
    }

    private static let state = Guarded(State())

    /// From now on events are written, and exactly one result.
    static func open() {
        let isNew = state.with { state in
            defer { state.isOpen = true }
            return !state.isOpen
        }
        guard isNew else { return }
        LastWords.add { code in
            let message = code > 128 ? "ended by signal \(code - 128)" : "ended without a result"
            guard isOpen else { return }
            end(failure(code: code, message))
        }
    }

    static var isOpen: Bool { state.with { $0.isOpen } }

    /// One event. Does nothing where no stream is open, and after the result.
    static func emit(_ event: String, _ members: @autoclosure () -> [String: JSONValue]) {
        guard state.with({ $0.isOpen && !$0.hasEnded }) else { return }
        var object = members()
        object["event"] = .string(event)
        let line = JSONValue.object(object).canonical
        state.with { if !$0.hasEnded { Console.result(line) } }
    }

    /// The result. Only the first one is written.
    static func end(_ result: JSONValue) {
        state.with { state in
            if state.hasEnded { return }
            state.hasEnded = true
            Console.result(result.canonical)
        }
    }

    /// The result of what came to no good end.
    static func failure(code: Int32, _ message: String) -> JSONValue {
        .object([
            "event": .string("result"), "exitCode": .integer(Int64(code)), "message": .string(message),
        ])
    }

    static func warning(_ entry: Log.Entry) {
        guard entry.level >= .warning else { return }
        emit("warning", warning(entry.level.name, entry.message, entry.fields))
    }

    static func warning(_ message: String) { emit("warning", warning("warning", message, [])) }

    private static func warning(_ level: String, _ message: String, _ fields: [Log.Field]) -> [String: JSONValue] {
        [
            "level": .string(level), "message": .string(message),
            "fields": .object(Dictionary(fields.map { ($0.name, .string($0.value)) }) { $1 }),
        ]
    }
}
