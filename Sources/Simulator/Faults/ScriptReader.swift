import TrawlCore

/// Reads one object of a fault script; every complaint names the path of what it is about.
struct ScriptReader {
    let path: String
    private let members: [String: JSONValue]

    init(_ value: JSONValue, path: String, known: [String]) throws(SimulatorError) {
        guard case .object(let members) = value else { throw .faults(path: path, reason: "must be an object") }
        self.path = path
        self.members = members
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw .faults(
                path: Self.join(path, unknown), reason: "is not known here; known are \(known.joined(separator: ", "))")
        }
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func path(_ name: String) -> String { Self.join(path, name) }

    subscript(name: String) -> JSONValue? { members[name] }

    func integer(_ name: String, in range: ClosedRange<Int> = 1...Int.max) throws(SimulatorError) -> Int? {
        guard let value = members[name] else { return nil }
        guard let number = value.integer, range.contains(number) else {
            let limit = range.upperBound == .max ? "of at least \(range.lowerBound)" : "within \(range)"
            throw .faults(path: path(name), reason: "must be a whole number \(limit)")
        }
        return number
    }

    func text(_ name: String) throws(SimulatorError) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.string else { throw .faults(path: path(name), reason: "must be a string") }
        return text
    }

    func flag(_ name: String) throws(SimulatorError) -> Bool {
        switch members[name] {
        case nil: return false
        case .bool(let flag): return flag
        default: throw .faults(path: path(name), reason: "must be true or false")
        }
    }

    func duration(_ name: String) throws(SimulatorError) -> Duration? {
        guard let text = try text(name) else { return nil }
        guard let duration = DurationText.parse(text) else {
            throw .faults(path: path(name), reason: "must be a duration like \"500ms\" or \"5s\"")
        }
        return duration
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _: Choice.Type
    ) throws(SimulatorError) -> Choice? where Choice.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .faults(path: path(name), reason: "must be one of \(known)")
        }
        return choice
    }

    func required<Value>(_ value: Value?, _ name: String) throws(SimulatorError) -> Value {
        guard let value else { throw .faults(path: path(name), reason: "is missing") }
        return value
    }
}
