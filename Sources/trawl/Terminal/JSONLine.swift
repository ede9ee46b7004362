import TrawlCore

/// A log line as one JSON object: `time`, `level` and `message` first, then the fields in the order they were bound.
enum JSONLine {
    /// Without a line break. A field that was bound twice has its later value; none takes the place of the first three.
    static func text(_ entry: Log.Entry, at time: Instant) -> String {
        var members = [
            ("time", JSONValue.quoted(time.rfc3339)), ("level", JSONValue.quoted(entry.level.name)),
            ("message", JSONValue.quoted(entry.message)),
        ]
        for (index, field) in entry.fields.enumerated() {
            guard !["time", "level", "message"].contains(field.name),
                !entry.fields[(index + 1)...].contains(where: { $0.name == field.name })
            else { continue }
            members.append((field.name, field.isNumber ? field.value : JSONValue.quoted(field.value)))
        }
        return "{" + members.map { "\(JSONValue.quoted($0)):\($1)" }.joined(separator: ",") + "}"
    }
}
