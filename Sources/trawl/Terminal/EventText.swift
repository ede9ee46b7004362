import TrawlCore
import TrawlQueue
import TrawlStore

/// What happened to a run, in one line.
struct EventText {
    private let event: RunEvent
    /// Why a shard died, where the store tells.
    private let reason: String?

    init(_ event: RunEvent, reason: String? = nil) {
        self.event = event
        self.reason = reason
    }

    /// With what the store knows of it.
    init(_ event: RunEvent, store: DirectoryStore?) {
        var reason: String?
        if event.kind == "dead", let shard = ShardID(event.subject) {
            // The marker may be written a moment later, or not be readable here: then the cause has to do.
            reason = (try? store?.deadMarker(of: shard)).flatMap { $0 }?.reason
        }
        self.init(event, reason: reason)
    }

    var text: String {
        let (subject, detail) = (event.subject, event.detail)
        return switch event.kind {
        case "dead": "\(subject): gave up\(Self.cause(detail))\(reason.map { ": \($0)" } ?? "")"
        case "split": "\(subject): too many hits, cut into \(detail)"
        case "reclaimed": "\(subject): its worker died or hung, given back (\(Self.times(detail)))"
        case "requeued": "\(subject): given another life"
        case "adopted": "\(subject) took back \(Self.shards(detail)) that it is fetching"
        case "installed": "schedule \(subject) installed: \(Self.shards(detail)) owed"
        case "halt": "halted (exit \(subject)): \(detail)"
        case "state" where subject == "running": "the run goes on, it was \(detail)"
        case "state": "the run is \(subject), it was \(detail)"
        default: [event.kind, subject, detail].filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    /// What to do about it, where something is to be done. `store` names the run's directory, or stands for it.
    func advice(_ store: String) -> String? {
        switch event.kind {
        case "dead": "'trawl dead show \(store) \(event.subject)' says why"
        case "halt": "'trawl resume \(store)', or the same 'trawl run' command, goes on once it is mended"
        case "state" where event.subject == "paused": "'trawl resume \(store)' goes on"
        case "state" where event.subject == "cancelled":
            "the same 'trawl run' command goes on, or 'trawl resume \(store)' where workers elsewhere are to"
        default: nil
        }
    }

    var tone: StyledLine.Tone {
        switch event.kind {
        case "dead", "halt": .red
        case "reclaimed": .yellow
        default: .plain
        }
    }

    /// Its name in a stream of events: what happened to a shard, or to the run.
    var name: String { isOfShard ? "shard" : "run" }

    private var isOfShard: Bool { ["dead", "split", "reclaimed", "requeued"].contains(event.kind) }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "time": .string(event.time.rfc3339), "kind": .string(event.kind), "detail": .string(event.detail),
        ]
        members[isOfShard ? "shard" : "subject"] = .string(event.subject)
        if let reason { members["reason"] = .string(reason) }
        return members
    }

    private static func cause(_ cause: String) -> String {
        switch cause {
        case "attempts": " after too many failed tries"
        case "reclaims": ", its workers died too often"
        default: ""
        }
    }

    private static func shards(_ count: String) -> String { Int(count).map { Quantity.count($0, "shard") } ?? count }

    private static func times(_ count: String) -> String { count == "1" ? "once" : "\(count) times" }
}
