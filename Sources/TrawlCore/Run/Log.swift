/// Where a program part says what happened. Fields are bound once, by whoever knows them.
package struct Log: Sendable {
    package enum Level: Int, Comparable, Sendable {
        /// For finding a fault in Trawl.
        case debug
        /// A shard or a run changed its state.
        case info
        /// Something went wrong and was coped with.
        case warning
        /// Someone must act.
        case error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        package var name: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }
    }

    package struct Entry: Sendable {
        package let level: Level
        package let message: String
        package let fields: [(name: String, value: String)]
    }

    private let minimum: Level
    private let fields: [(name: String, value: String)]
    private let sink: @Sendable (Entry) -> Void

    package init(minimum: Level = .info, sink: @escaping @Sendable (Entry) -> Void) {
        self.minimum = minimum
        fields = []
        self.sink = sink
    }

    private init(minimum: Level, fields: [(name: String, value: String)], sink: @escaping @Sendable (Entry) -> Void) {
        self.minimum = minimum
        self.fields = fields
        self.sink = sink
    }

    /// A log that says nothing.
    package static let silent = Log(minimum: .error) { _ in }

    /// The same log with one more field on every line.
    package func with(_ name: String, _ value: some CustomStringConvertible) -> Log {
        Log(minimum: minimum, fields: fields + [(name, value.description)], sink: sink)
    }

    package func debug(_ message: @autoclosure () -> String) { write(.debug, message) }
    package func info(_ message: @autoclosure () -> String) { write(.info, message) }
    package func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    package func error(_ message: @autoclosure () -> String) { write(.error, message) }

    private func write(_ level: Level, _ message: () -> String) {
        guard level >= minimum else { return }
        sink(Entry(level: level, message: message(), fields: fields))
    }
}
