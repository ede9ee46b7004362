import FoundationEssentials
import TrawlCore

/// The lines a supervised worker writes to its standard error: `level<TAB>JSON`.
///
/// The supervisor writes them on as its own, so that all workers' lines share one terminal without tearing its status.
enum WorkerLine {
    static func format(_ entry: Log.Entry) -> String {
        let fields = entry.fields.map { field in
            JSONValue.object([
                "name": .string(field.name), "value": .string(field.value), "number": .bool(field.isNumber),
                "detail": .bool(field.isDetail),
            ])
        }
        let line = JSONValue.object(["message": .string(entry.message), "fields": .array(fields)])
        return "\(entry.level.rawValue)\t\(line.canonical)"
    }

    static func relay(_ line: String, label: String, to log: Log) {
        let log = log.with("worker", label)
        guard let entry = entry(line) else {
            return log.warning(line)  // not from our log: a crash report, or a library's complaint
        }
        log.write(entry)
    }

    private static func entry(_ line: String) -> Log.Entry? {
        let pieces = line.split(separator: "\t", maxSplits: 1)
        guard pieces.count == 2, let level = Int(pieces[0]).flatMap(Log.Level.init(rawValue:)),
            // Anything else is no line of ours.
            let value = try? JSONDecoder().decode(JSONValue.self, from: Data(pieces[1].utf8)),
            let message = value["message"]?.string, case .array(let fields)? = value["fields"]
        else { return nil }
        return Log.Entry(
            level: level, message: message,
            fields: fields.compactMap { field in
                guard let name = field["name"]?.string, let value = field["value"]?.string else { return nil }
                return Log.Field(
                    name, value, isNumber: field["number"] == .bool(true), isDetail: field["detail"] == .bool(true))
            })
    }
}
