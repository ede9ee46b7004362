extension EndpointProfile {
    /// The profile as the JSON document that ``init(document:)`` reads. Defaults are spelled out, so equal profiles give
    /// equal documents, however they were written.
    package var document: JSONValue {
        var root: [String: JSONValue] = [
            "name": .string(name), "description": .string(description), "method": .string(method.rawValue),
            "path": .string(path), "interval": interval.document, "body": .object(body), "paging": paging.document,
            "records": .object([
                "keys": .array(records.keys.map(JSONValue.string)), "id": .string(records.id),
                "start": .string(records.start), "end": .string(records.end),
            ]),
        ]
        if description.isEmpty { root["description"] = nil }
        root["job"] = paging.continuation.job?.document
        if let total { root["total"] = .object(["key": .string(total.text)]) }
        if let pageCount {
            var members: [String: JSONValue] = [:]
            members["key"] = (pageCount.key?.text).map(JSONValue.string)
            members["header"] = pageCount.header.map(JSONValue.string)
            root["pageCount"] = .object(members)
        }
        return .object(root)
    }

    /// Canonical text of everything that can change a request or how a reply is read: all but the description.
    package var identity: String {
        guard case .object(var members) = document else { preconditionFailure("a profile's document is an object") }
        members["description"] = nil
        return JSONValue.object(members).canonical
    }
}

extension EndpointProfile.Parameter {
    fileprivate func members(_ name: String = "key") -> [String: JSONValue] {
        ["in": .string(place.rawValue), name: .string(key)]
    }
}

extension EndpointProfile.IntervalForm {
    fileprivate var document: JSONValue {
        switch self {
        case .single(let parameter): .object(parameter.members())
        case .ends(let from, let to, let inclusiveEnd):
            .object([
                "in": .string(from.place.rawValue), "from": .string(from.key), "to": .string(to.key),
                "inclusiveEnd": .bool(inclusiveEnd),
            ])
        }
    }
}

extension EndpointProfile.Paging {
    fileprivate var document: JSONValue {
        var size = pageSize.parameter.members()
        size["standard"] = .integer(Int64(pageSize.standard))
        size["minimum"] = .integer(Int64(pageSize.minimum))
        size["maximum"] = .integer(Int64(pageSize.maximum))
        var members: [String: JSONValue] = ["pageSize": .object(size)]
        members["depth"] = depth.map { .integer(Int64($0)) }
        switch continuation {
        case .number(let page):
            members["style"] = .string("number")
            members["page"] = .object(page.members())
        case .cursor(let cursor, let page):
            members["style"] = .string("cursor")
            members["page"] = page.map { .object($0.members()) }
            members["cursor"] = cursor.document
        case .job(_, let cursor):
            members["style"] = .string("job")
            members["cursor"] = cursor.document
        }
        return .object(members)
    }
}

extension EndpointProfile.CursorForm {
    fileprivate var document: JSONValue {
        var members = parameter.members()
        members["from"] = .string(source.text)
        members["encoding"] = .string(encoding.rawValue)
        return .object(members)
    }
}

extension EndpointProfile: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(document: try container.decode(JSONValue.self))
        } catch let error as ProfileError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "endpoint profile: \(error)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(document)
    }
}
