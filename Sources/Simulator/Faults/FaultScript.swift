import TrawlCore

/// A parsed fault script; docs/simulator.md describes the file.
struct FaultScript: Sendable {
    var rules: [FaultRule] = []
    /// Decides the rules that have a probability.
    var seed: UInt64?

    init() {}

    init(_ file: [UInt8]) throws(SimulatorError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONReader.document(file)
        } catch {
            throw .faults(path: "the file", reason: "is not JSON: \(error)")
        }
        let script = try ScriptReader(document, path: "", known: ["seed", "rules"])
        seed = try script.integer("seed", in: 0...Int.max).map { UInt64($0) }
        guard case .array(let rules)? = script["rules"] else {
            throw .faults(path: "rules", reason: "must be an array")
        }
        for (number, value) in rules.enumerated() {
            self.rules.append(try Self.rule(value, path: "rules[\(number)]"))
        }
    }

    private static func rule(_ value: JSONValue, path: String) throws(SimulatorError) -> FaultRule {
        let reader = try ScriptReader(value, path: path, known: ["match", "times", "fault"])
        let match = try ScriptReader(
            reader["match"] ?? .object([:]), path: reader.path("match"),
            known: ["endpoint", "request", "every", "from", "to", "page", "interval", "probability"])
        var rule = FaultRule(fault: try fault(try reader.required(reader["fault"], "fault"), reader.path("fault")))
        rule.times = try reader.integer("times")
        rule.endpoint = try match.choice("endpoint", Endpoint.self) ?? .detailsQuery
        rule.requests = try requests(match)
        rule.every = try match.integer("every")
        rule.from = try match.integer("from")
        rule.to = try match.integer("to")
        rule.page = try match.integer("page")
        rule.interval = try match.text("interval")
        rule.probability = try probability(match)
        let endpoint = rule.endpoint
        for (name, exists) in [("page", endpoint.hasPages), ("interval", endpoint.hasInterval)]
        where !exists && match[name] != nil {
            throw .faults(path: match.path(name), reason: "does not exist for the \(endpoint.rawValue) endpoint")
        }
        guard rule.fault.canStrike(endpoint) else {
            throw .faults(
                path: reader.path("fault.kind"), reason: "cannot happen at the \(endpoint.rawValue) endpoint")
        }
        return rule
    }

    private static func requests(_ match: ScriptReader) throws(SimulatorError) -> Set<Int>? {
        guard case .array(let values)? = match["request"] else { return try match.integer("request").map { [$0] } }
        var numbers: Set<Int> = []
        for (position, value) in values.enumerated() {
            guard let number = value.integer, number > 0 else {
                throw .faults(path: match.path("request[\(position)]"), reason: "must be a whole number of at least 1")
            }
            numbers.insert(number)
        }
        return numbers
    }

    private static func probability(_ match: ScriptReader) throws(SimulatorError) -> Double? {
        let probability: Double
        switch match["probability"] {
        case nil: return nil
        case .integer(let value): probability = Double(value)
        case .number(let value): probability = value
        default: probability = -1
        }
        guard (0...1).contains(probability) else {
            throw .faults(path: match.path("probability"), reason: "must be a number between 0 and 1")
        }
        return probability
    }
}
