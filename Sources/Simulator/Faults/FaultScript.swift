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
        rule.endpoint = try match.choice("endpoint", FaultRule.Endpoint.self) ?? .detailsQuery
        rule.requests = try requests(match)
        rule.every = try match.integer("every")
        rule.from = try match.integer("from")
        rule.to = try match.integer("to")
        rule.page = try match.integer("page")
        rule.interval = try match.text("interval")
        rule.probability = try probability(match)
        if rule.endpoint == .token {
            for name in ["page", "interval"] where match[name] != nil {
                throw .faults(path: match.path(name), reason: "does not exist for the token endpoint")
            }
            guard rule.fault.concernsAnyAnswer else {
                throw .faults(path: reader.path("fault.kind"), reason: "cannot happen at the token endpoint")
            }
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

    enum Kind: String, CaseIterable {
        case status, reset, truncate, drop, truncateJSON, slow, delay, expireTokens, emptyPage, duplicatePage,
            totalDrift,
            html, gzipCorrupt, mutate
        case storm = "429-storm"

        /// The members of a fault of this kind besides `kind`.
        var members: [String] {
            switch self {
            case .status: ["status", "code", "message", "retryAfter"]
            case .storm: ["duration", "requests", "retryAfter"]
            case .reset, .truncate, .truncateJSON: ["after"]
            case .slow: ["chunk", "every"]
            case .delay: ["duration"]
            case .emptyPage: ["array"]
            case .totalDrift: ["by"]
            case .html: ["status"]
            case .mutate: ["change"]
            case .drop, .expireTokens, .duplicatePage, .gzipCorrupt: []
            }
        }
    }

    private static func fault(_ value: JSONValue, _ path: String) throws(SimulatorError) -> Fault {
        guard case .object(let members) = value else { throw .faults(path: path, reason: "must be an object") }
        let any = try ScriptReader(value, path: path, known: Array(members.keys))
        let kind = try any.required(try any.choice("kind", Kind.self), "kind")
        let reader = try ScriptReader(value, path: path, known: ["kind"] + kind.members)
        switch kind {
        case .status: return .status(try status(reader))
        case .storm:
            let duration = try reader.duration("duration")
            let requests = try reader.integer("requests")
            guard (duration == nil) != (requests == nil) else {
                throw .faults(path: path, reason: "needs either duration or requests")
            }
            return .storm(
                microseconds: duration?.wholeMicroseconds, requests: requests,
                retryAfter: try reader.integer("retryAfter", in: 0...86_400) ?? 1)
        case .reset: return .reset(after: try reader.integer("after", in: 0...Int.max) ?? 100)
        case .truncate: return .truncate(after: try reader.integer("after", in: 0...Int.max) ?? 100)
        case .drop: return .drop
        case .truncateJSON: return .truncateJSON(after: try reader.integer("after", in: 0...Int.max))
        case .slow:
            return .slow(
                chunk: try reader.integer("chunk") ?? 1024, every: try reader.duration("every") ?? .milliseconds(10))
        case .delay: return .delay(try reader.required(try reader.duration("duration"), "duration"))
        case .expireTokens: return .expireTokens
        case .emptyPage: return .emptyPage(array: try reader.flag("array"))
        case .duplicatePage: return .duplicatePage
        case .totalDrift:
            return .totalDrift(by: try reader.required(try reader.integer("by", in: -1_000_000...1_000_000), "by"))
        case .html: return .html(status: try reader.integer("status", in: 200...599) ?? 200)
        case .gzipCorrupt: return .gzipCorrupt
        case .mutate:
            return .mutate(try reader.required(try reader.choice("change", Fault.Mutation.self), "change"))
        }
    }

    private static func status(_ reader: ScriptReader) throws(SimulatorError) -> APIError {
        let status = try reader.required(try reader.integer("status", in: 400...599), "status")
        let standard = APIError.standard(status)
        return APIError(
            status, try reader.text("code") ?? standard.code, try reader.text("message") ?? standard.message,
            retryAfter: try reader.integer("retryAfter", in: 0...86_400))
    }
}
