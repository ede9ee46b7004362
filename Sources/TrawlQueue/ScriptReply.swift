import Redis
import TrawlCore

extension RedisReply {
    /// What every script of a run answers to a caller of another epoch.
    static let stale = RedisReply.string(Array("stale".utf8))
}

/// Reads one script's reply. Whatever is not as the script's head promises is an error that names the script.
struct ScriptReply {
    let name: String
    let reply: RedisReply

    init(_ script: RedisScript, _ reply: RedisReply) {
        name = script.name
        self.reply = reply
    }

    func claim() throws -> Claim {
        let parts = try parts(4)
        let wait = try parts[1].integer
        return Claim(
            leases: try leases(parts[2]), state: try state(parts[0].text), poisoned: try leases(parts[3]),
            nextIn: wait < 0 ? nil : .milliseconds(wait))
    }

    func beat() throws -> Beat {
        let parts = try parts(1)
        return Beat(
            state: try state(parts[0].text), lost: Set(try parts.dropFirst().map { try shardID($0.text) }))
    }

    /// The reply's elements, of which there are at least `count`.
    func parts(_ count: Int) throws -> [RedisReply] {
        let parts = try reply.array
        guard parts.count >= count else { throw unexpected("\(parts.count) elements instead of \(count)") }
        return parts
    }

    /// Shards as `describe` in `run.lua` writes them.
    func leases(_ list: RedisReply) throws -> [Lease] {
        let fields = try list.array
        guard fields.count.isMultiple(of: 6) else { throw unexpected("\(fields.count) fields of shards") }
        return try stride(from: 0, to: fields.count, by: 6).map { first in
            let id = try shardID(fields[first].text)
            let payload = try fields[first + 1].text
            let hits = Int(payload)
            guard payload.isEmpty || hits != nil else { throw unexpected("payload of \(id)") }
            return Lease(
                shard: Shard(id.interval, parentHits: hits), token: LeaseToken(try fields[first + 2].text),
                attempts: Int(try fields[first + 3].integer), reclaims: Int(try fields[first + 4].integer),
                job: JobID(try fields[first + 5].text))
        }
    }

    func state(_ text: String) throws -> RunState {
        guard let state = RunState(rawValue: text), state != .stale else { throw unexpected("state \(text)") }
        return state
    }

    func shardID(_ text: String) throws -> ShardID {
        guard let id = ShardID(text) else { throw unexpected("shard id \(text)") }
        return id
    }

    func unexpected(_ problem: String) -> QueueError { .unexpectedReply(script: name, problem: problem) }
}
