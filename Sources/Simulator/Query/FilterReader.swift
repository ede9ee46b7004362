import TrawlCore

/// Reads the filters of a query. What the API knows but this imitation does not apply is refused, because a filter that
/// is silently ignored gives a wrong answer that looks right.
enum FilterReader {
    private enum Scope: String {
        case conversation, segment
    }

    static func filter(_ members: [String: JSONValue]) throws(APIError) -> QueryFilter {
        var filter = QueryFilter()
        for (name, scope) in [("conversationFilters", Scope.conversation), ("segmentFilters", .segment)] {
            guard let value = members[name] else { continue }
            guard case .array(let filters) = value else { throw RequestBody.invalidValue(value, name) }
            for value in filters { filter.conditions.append(try group(value, scope, mayHaveClauses: true)) }
        }
        return filter
    }

    /// A filter or one of its clauses: predicates, and clauses in a filter only.
    private static func group(
        _ value: JSONValue, _ scope: Scope, mayHaveClauses: Bool
    ) throws(APIError) -> QueryFilter.Condition {
        let place = "a \(scope.rawValue) \(mayHaveClauses ? "filter" : "clause")"
        guard case .object(let members) = value else { throw RequestBody.invalidValue(value, place) }
        try RequestBody.refuseOthers(
            members, than: mayHaveClauses ? ["type", "predicates", "clauses"] : ["type", "predicates"], in: place)
        var conditions: [QueryFilter.Condition] = []
        for predicate in members["predicates"]?.elements ?? [] {
            conditions.append(try self.predicate(predicate, scope))
        }
        for clause in members["clauses"]?.elements ?? [] {
            conditions.append(try group(clause, scope, mayHaveClauses: false))
        }
        guard !conditions.isEmpty else {
            throw .badRequest("\(place) has neither predicates nor clauses.", code: "constraint.validation")
        }
        switch members["type"]?.string {
        case "and": return .all(conditions)
        case "or": return .any(conditions)
        default: throw .badRequest("\(place) needs a type, \"and\" or \"or\".", code: "constraint.validation")
        }
    }

    private static func predicate(_ value: JSONValue, _ scope: Scope) throws(APIError) -> QueryFilter.Condition {
        let place = "a \(scope.rawValue) predicate"
        guard case .object(let members) = value else { throw RequestBody.invalidValue(value, place) }
        var known: Set = ["type", "dimension", "metric", "operator", "value", "range"]
        if scope == .segment { known.formUnion(["property", "propertyType"]) }
        try RequestBody.refuseOthers(members, than: known, in: place)
        let type = members["type"]?.string ?? "dimension"
        guard ["dimension", "property", "metric"].contains(type) else {
            throw RequestBody.invalidValue(.string(type), "type of \(place)")
        }
        let comparison = members["operator"]?.string ?? "matches"
        guard ["matches", "exists", "notExists"].contains(comparison) else {
            throw RequestBody.invalidValue(.string(comparison), "operator of \(place)")
        }
        guard type == "dimension", let dimension = members["dimension"]?.string, members["range"] == nil
        else { throw notApplied(value) }
        let text = members["value"]?.string
        if comparison == "matches", text == nil { throw .badRequest("\(place) that matches needs a value.") }
        switch (scope, dimension, comparison) {
        case (.conversation, "conversationEnd", "exists"): return .ended(true)
        case (.conversation, "conversationEnd", "notExists"): return .ended(false)
        case (.conversation, "conversationId", "matches"): return .id(text!)
        case (.conversation, "divisionId", "matches"): return .division(text!)
        case (.conversation, "originatingDirection", "matches"):
            guard ["inbound", "outbound"].contains(text) else {
                throw RequestBody.invalidValue(members["value"]!, "originatingDirection")
            }
            return .direction(text!)
        case (.conversation, "conversationId", _), (.conversation, "conversationStart", "exists"),
            (.conversation, "conversationStart", "notExists"), (.conversation, "originatingDirection", _),
            (.conversation, "divisionId", _):
            return .always(comparison == "exists")
        case (.segment, "mediaType", "matches"):
            guard let media = Media(name: text!) else {
                throw RequestBody.invalidValue(members["value"]!, "mediaType")
            }
            return .media(media, present: true)
        default: throw notApplied(value)
        }
    }

    private static func notApplied(_ predicate: JSONValue) -> APIError {
        .badRequest("The predicate \(predicate.canonical) is unknown or not applied by this imitation of the API.")
    }
}
