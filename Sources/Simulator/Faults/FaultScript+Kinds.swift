import TrawlCore

extension FaultScript {
    enum Kind: String, CaseIterable {
        case status, reset, truncate, drop, truncateJSON, slow, delay, expireTokens, emptyPage, duplicatePage,
            totalDrift,
            html, gzipCorrupt, mutate, cursorRepeat, cursorInvalid, stalePageCount,
            jobFailed, jobExpired, jobStuck, oversizedRecord,
            hugePage, bom, wrongContentType, gzipBomb
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
            case .stalePageCount: ["by", "in"]
            case .jobFailed: ["message"]
            case .oversizedRecord, .hugePage, .gzipBomb: ["bytes"]
            case .wrongContentType: ["type"]
            case .drop, .bom, .expireTokens, .duplicatePage, .gzipCorrupt, .cursorRepeat, .cursorInvalid, .jobExpired,
                .jobStuck:
                []
            }
        }
    }

    static func fault(_ value: JSONValue, _ path: String) throws(SimulatorError) -> Fault {
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
        case .cursorRepeat: return .cursorRepeat
        case .cursorInvalid: return .cursorInvalid
        case .jobFailed:
            return .job(.failed(message: try reader.text("message") ?? "The query could not be executed."))
        case .oversizedRecord: return .oversizedRecord(bytes: try bytes(reader) ?? 5 << 20)
        case .hugePage: return .hugePage(bytes: try bytes(reader) ?? 64 << 20)
        case .gzipBomb: return .gzipBomb(bytes: try bytes(reader) ?? 256 << 20)
        case .bom: return .bom
        case .wrongContentType: return .wrongContentType(try reader.text("type") ?? "text/plain")
        case .jobExpired: return .job(.expired)
        case .jobStuck: return .job(.stuck)
        case .stalePageCount:
            return .stalePageCount(
                by: try reader.required(try reader.integer("by", in: -1_000_000...1_000_000), "by"),
                try reader.choice("in", Fault.Place.self) ?? .both)
        case .mutate:
            return .mutate(try reader.required(try reader.choice("change", Fault.Mutation.self), "change"))
        }
    }

    private static func bytes(_ reader: ScriptReader) throws(SimulatorError) -> Int? {
        try reader.integer("bytes", in: 1...2 << 30)
    }

    private static func status(_ reader: ScriptReader) throws(SimulatorError) -> APIError {
        let status = try reader.required(try reader.integer("status", in: 400...599), "status")
        let standard = APIError.standard(status)
        return APIError(
            status, try reader.text("code") ?? standard.code, try reader.text("message") ?? standard.message,
            retryAfter: try reader.integer("retryAfter", in: 0...86_400))
    }
}
