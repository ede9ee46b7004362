/// One object of a profile document: reads members by type, refuses what it does not know, and names the place of a
/// fault.
struct ProfileObject {
    private let path: String
    private let members: [String: JSONValue]

    /// `keys` are all that the object may have.
    init(_ value: JSONValue, path: String = "", keys: [String]) throws(ProfileError) {
        guard case .object(let members) = value else {
            throw ProfileError(path: path, problem: path.isEmpty ? "a profile is one JSON object" : "must be an object")
        }
        self.path = path
        self.members = members
        if let unknown = members.keys.filter({ !keys.contains($0) }).min() {
            throw ProfileError(
                path: place(unknown), problem: "unknown key; known here: \(keys.sorted().joined(separator: ", "))")
        }
    }

    func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func fail(_ key: String, _ problem: String) -> ProfileError { ProfileError(path: place(key), problem: problem) }

    /// Null counts as absent.
    func value(_ key: String) -> JSONValue? {
        if let value = members[key], value != .null { value } else { nil }
    }

    func required(_ key: String) throws(ProfileError) -> JSONValue {
        guard let value = value(key) else { throw fail(key, "is missing") }
        return value
    }

    func object(_ key: String, keys: [String]) throws(ProfileError) -> ProfileObject {
        try ProfileObject(try required(key), path: place(key), keys: keys)
    }

    func optionalObject(_ key: String, keys: [String]) throws(ProfileError) -> ProfileObject? {
        value(key) == nil ? nil : try object(key, keys: keys)
    }

    /// Non-empty text without control characters.
    func text(_ key: String) throws(ProfileError) -> String {
        try Self.text(try required(key), at: place(key))
    }

    func optionalText(_ key: String) throws(ProfileError) -> String? {
        value(key) == nil ? nil : try text(key)
    }

    func texts(_ key: String) throws(ProfileError) -> [String] {
        guard case .array(let values) = try required(key), !values.isEmpty else {
            throw fail(key, "must be an array with at least one text")
        }
        var texts: [String] = []
        for (index, value) in values.enumerated() {
            let text = try Self.text(value, at: place(key) + "[\(index)]")
            if texts.contains(text) { throw ProfileError(path: place(key) + "[\(index)]", problem: "occurs twice") }
            texts.append(text)
        }
        return texts
    }

    /// A whole number of 1 or more.
    func count(_ key: String) throws(ProfileError) -> Int {
        guard let number = try required(key).integer, number >= 1 else {
            throw fail(key, "must be a whole number of 1 or more")
        }
        return number
    }

    func optionalCount(_ key: String) throws(ProfileError) -> Int? {
        value(key) == nil ? nil : try count(key)
    }

    func flag(_ key: String) throws(ProfileError) -> Bool {
        switch value(key) {
        case nil: return false
        case .bool(let flag): return flag
        default: throw fail(key, "must be true or false")
        }
    }

    /// One of a closed set of texts.
    func choice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type) throws(ProfileError) -> T
    where T.RawValue == String {
        guard let text = try required(key).string, let choice = T(rawValue: text) else {
            throw fail(key, "must be \(T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))")
        }
        return choice
    }

    private static func text(_ value: JSONValue, at path: String) throws(ProfileError) -> String {
        guard let text = value.string, !text.isEmpty else {
            throw ProfileError(path: path, problem: "must be a text that is not empty")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw ProfileError(path: path, problem: "must not hold control characters")
        }
        return text
    }
}
