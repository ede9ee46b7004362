import Redis
import TrawlCore

/// What a Redis says of itself, and whether it can hold a schedule.
struct RedisFitness: Sendable {
    let version: String
    /// What it does when its memory is full; nil where it does not tell.
    let policy: String?
    /// Whether it writes an append-only file; nil where it does not tell.
    let isPersistent: Bool?
    let usedMemory: Int?
    /// 0 for no limit.
    let mostMemory: Int?

    static let leastVersion = [6, 2]

    /// Reads `INFO`. Where that is forbidden, the little that `CONFIG GET` may tell.
    static func read(_ redis: RedisClient) async throws(RedisError) -> RedisFitness {
        do {
            return RedisFitness(info: try await redis.command("INFO").text)
        } catch .server(code: "NOPERM", _, _) {
            return RedisFitness(version: "", policy: await configured(redis, "maxmemory-policy"))
        }
    }

    private static func configured(_ redis: RedisClient, _ name: String) async -> String? {
        // Forbidden as well: then nobody can tell.
        guard let reply = try? await redis.command("CONFIG", "GET", name), let pair = try? reply.array, pair.count == 2
        else { return nil }
        return try? pair[1].text
    }

    private init(version: String, policy: String?) {
        self.version = version
        self.policy = policy
        isPersistent = nil
        usedMemory = nil
        mostMemory = nil
    }

    /// From the reply to `INFO`.
    init(info: String) {
        var fields: [Substring: String] = [:]
        for line in info.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = String(line[line.index(after: colon)...])
        }
        version = fields["redis_version"] ?? ""
        policy = fields["maxmemory_policy"]
        isPersistent = fields["aof_enabled"].map { $0 == "1" }
        usedMemory = fields["used_memory"].flatMap { Int($0) }
        mostMemory = fields["maxmemory"].flatMap { Int($0) }
    }

    /// What makes it unfit, and what to do.
    var objection: String? {
        if !version.isEmpty, isOld {
            return "it is version \(version); install 6.2 or newer"
        }
        if let policy, policy != "noeviction" {
            return
                "its maxmemory-policy is \(policy), which throws keys away when memory is full; set it to noeviction: "
                + "CONFIG SET maxmemory-policy noeviction, and the same in its configuration file"
        }
        return nil
    }

    /// What is worth knowing, and no reason to refuse.
    var remark: String? {
        if version.isEmpty, policy == nil {
            return "may not be asked for its version and its maxmemory-policy, which must be noeviction"
        }
        if isPersistent == false {
            return "keeps no append-only file: a restart of it costs repeated work, never data"
        }
        return nil
    }

    private var isOld: Bool {
        let numbers = version.split(separator: ".").map { Int($0) ?? 0 }
        return numbers.lexicographicallyPrecedes(Self.leastVersion)
    }

    /// Refuses a Redis that cannot hold a schedule, before anything is put there.
    static func require(_ redis: RedisClient, log: Log) async throws {
        let fitness = try await read(redis)
        if let objection = fitness.objection {
            throw Failure(ExitCode.incomplete, "cannot use Redis at \(redis.url.address): \(objection)")
        }
        if let remark = fitness.remark { log.warning("the Redis at \(redis.url.address) \(remark)") }
    }
}
