import Redis

/// Names that only the keys themselves tell.
enum KeyScan {
    /// What stands between `prefix` and `suffix` in all keys that have both, sorted; what is no name of ours is left out.
    ///
    /// Looks at every key of one node, a thousand at a time, so nobody else has to wait. For people, not for the work.
    static func names(_ redis: RedisClient, between prefix: String, and suffix: String) async throws -> [String] {
        var names: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try await redis.command("SCAN", cursor, "MATCH", "\(prefix)*\(suffix)", "COUNT", 1000).array
            guard reply.count == 2 else {
                throw QueueError.unexpectedReply(script: "SCAN", problem: "\(reply.count) elements")
            }
            cursor = try reply[0].text
            for key in try reply[1].array {
                let name = String(try key.text.dropFirst(prefix.count).dropLast(suffix.count))
                if isPlainName(name) { names.insert(name) }
            }
        } while cursor != "0"
        return names.sorted()
    }
}
