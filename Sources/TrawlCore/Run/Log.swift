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
        package let fields: [Field]

        package init(level: Level, message: String, fields: [Field] = []) {
            self.level = level
            self.message = message
            self.fields = fields
        }
    }

    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String
        /// The value is a whole number.
        package let isNumber: Bool
        /// Wanted where fields are told apart by a program; in a line for people it would be noise.
        package let isDetail: Bool

        package init(_ name: String, _ value: String, isNumber: Bool = false, isDetail: Bool = false) {
            self.name = name
            self.value = value
            self.isNumber = isNumber
            self.isDetail = isDetail
        }
    }

    private let minimum: Level
    private let fields: [Field]
    private let sink: @Sendable (Entry) -> Void

    package init(minimum: Level = .info, sink: @escaping @Sendable (Entry) -> Void) {
        self.minimum = minimum
        fields = []
        self.sink = sink
    }

    private init(minimum: Level, fields: [Field], sink: @escaping @Sendable (Entry) -> Void) {
        self.minimum = minimum
        self.fields = fields
        self.sink = sink
    }

    /// A log that says nothing.
    package static let silent = Log(minimum: .error) { _ in }

    /// The same log with one more field on every line.
    package func with(_ name: String, _ value: some CustomStringConvertible) -> Log {
        with(Field(name, value.description, isNumber: value is Int))
    }

    package func with(_ field: Field) -> Log {
        Log(minimum: minimum, fields: fields + [field], sink: sink)
    }

    /// The same log with the API's name for a request on every line, where the failure has one.
    package func with(_ failure: FailureDetail) -> Log {
        failure.correlationID.map { with("correlation", $0) } ?? self
    }

    package func debug(_ message: @autoclosure () -> String) { write(.debug, message) }
    package func info(_ message: @autoclosure () -> String) { write(.info, message) }
    package func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    package func error(_ message: @autoclosure () -> String) { write(.error, message) }

    /// Writes what another log made of its line.
    package func write(_ entry: Entry) {
        guard entry.level >= minimum else { return }
        sink(Entry(level: entry.level, message: entry.message, fields: fields + entry.fields))
    }

    private func write(_ level: Level, _ message: () -> String) {
        guard level >= minimum else { return }
        sink(Entry(level: level, message: message(), fields: fields))
    }
}
