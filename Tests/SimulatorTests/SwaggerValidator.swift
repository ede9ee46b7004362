import TrawlCore

@testable import Simulator

/// Checks values against swagger definitions. Members that are not defined are faults, as are null and an empty array,
/// which the real API leaves out.
struct SwaggerValidator {
    private let definitions: JSONValue

    init() throws {
        definitions = try JSONReader.document(Array(swaggerDefinitions.utf8))
    }

    /// What is wrong, one line each; empty when the value is as defined. Only `mayBeEmpty` arrays may be empty.
    func faults(in value: JSONValue, as name: String, mayBeEmpty: Set<String> = []) -> [String] {
        check(value, .object(["$ref": .string("#/definitions/\(name)")]), path: name, mayBeEmpty)
    }

    private func check(_ value: JSONValue, _ schema: JSONValue, path: String, _ mayBeEmpty: Set<String>) -> [String] {
        if let reference = schema["$ref"]?.string {
            let name = String(reference.dropFirst("#/definitions/".count))
            guard let definition = definitions[name] else { return ["\(path): no definition \(name)"] }
            return members(of: value, definition, path: path, mayBeEmpty)
        }
        if let allowed = schema["enum"], !allowed.elements.contains(value) {
            return ["\(path): \(value.canonical) is not in the enumeration"]
        }
        switch (schema["type"]?.string, value) {
        case ("string", .string(let text)):
            guard schema["format"]?.string == "date-time" else { return [] }
            // This one time alone comes without milliseconds.
            let full = path.hasSuffix(".dataAvailabilityDate") ? text.replacing("Z", with: ".000Z") : text
            return Instant(full)?.rfc3339 != full ? ["\(path): \(text) is no time of the API"] : []
        case ("boolean", .bool), ("number", .number), ("number", .integer): return []
        case ("integer", .integer(let number)):
            return schema["format"]?.string == "int32" && Int32(exactly: number) == nil ? ["\(path): over int32"] : []
        case ("array", .array(let elements)):
            if elements.isEmpty, !mayBeEmpty.contains(path) { return ["\(path): empty"] }
            return elements.flatMap { check($0, schema["items"] ?? .null, path: "\(path)[]", mayBeEmpty) }
        case ("object", .object(let members)):
            if members.isEmpty { return ["\(path): empty"] }
            return members.flatMap { name, value in
                check(value, schema["additionalProperties"] ?? .null, path: "\(path).\(name)", mayBeEmpty)
            }
        default:
            return ["\(path): \(value.canonical.prefix(40)) is no \(schema["type"]?.string ?? "value of the schema")"]
        }
    }

    private func members(
        of value: JSONValue, _ definition: JSONValue, path: String, _ mayBeEmpty: Set<String>
    ) -> [String] {
        guard case .object(let members) = value else { return ["\(path): no object"] }
        return members.flatMap { name, value in
            guard let schema = definition["properties"]?[name] else { return ["\(path).\(name): not defined"] }
            return check(value, schema, path: "\(path).\(name)", mayBeEmpty)
        }
    }
}
