import TrawlCore

/// What a path names.
enum Route: Hashable, Sendable {
    /// The page: the same one for the list of runs and for a run.
    case page
    case asset(String)
    case login, logout
    case session
    case runs, runsEvents
    case run(String), runEvents(String), history(String), shards(String)
    case shard(String, ShardID)
    case control(String, verb: String)
    case decision(String, ShardID, verb: String)

    /// Nil for a path that names nothing. Nothing is decoded: no name that is looked for has anything to decode.
    init?(_ path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        switch parts.count {
        case 1 where parts[0].isEmpty: self = .page
        case 1:
            guard let route = ["login": Route.login, "logout": .logout][parts[0]] else { return nil }
            self = route
        case 2 where parts[0] == "runs" && !parts[1].isEmpty: self = .page
        case 2 where parts[0] == "assets": self = .asset(parts[1])
        case 2 where parts == ["api", "session"]: self = .session
        case 2 where parts == ["api", "runs"]: self = .runs
        case 2 where parts == ["api", "events"]: self = .runsEvents
        case 3... where parts[0] == "api" && parts[1] == "runs" && !parts[2].isEmpty:
            guard let route = Route(run: parts[2], Array(parts[3...])) else { return nil }
            self = route
        default: return nil
        }
    }

    private init?(run: String, _ rest: [String]) {
        switch rest.count {
        case 0: self = .run(run)
        case 1 where rest[0] == "events": self = .runEvents(run)
        case 1 where rest[0] == "history": self = .history(run)
        case 1 where rest[0] == "shards": self = .shards(run)
        case 1 where ["pause", "resume", "cancel"].contains(rest[0]): self = .control(run, verb: rest[0])
        case 2 where rest[0] == "shards":
            guard let shard = ShardID(rest[1]) else { return nil }
            self = .shard(run, shard)
        case 3 where rest[0] == "shards" && ["retry", "skip"].contains(rest[2]):
            guard let shard = ShardID(rest[1]) else { return nil }
            self = .decision(run, shard, verb: rest[2])
        default: return nil
        }
    }

    /// The methods it answers to. GET never changes anything.
    var methods: [String] {
        switch self {
        case .control, .decision, .logout: ["POST"]
        case .login: ["GET", "HEAD", "POST"]
        default: ["GET", "HEAD"]
        }
    }

    /// Open to everybody who may call this server by its name.
    var isOpen: Bool {
        switch self {
        case .asset, .login, .logout: true
        default: false
        }
    }
}
