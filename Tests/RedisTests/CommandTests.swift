import Redis
import Testing
import TrawlTestKit

@Suite struct CommandTests {
    @Test func `values of every kind come back as they were sent`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        #expect(try await client.command("SET", "text", "grüße") == .status("OK"))
        #expect(try await client.command("GET", "text").text == "grüße")
        try await client.command("SET", "number", Int64.min)
        #expect(try await client.command("GET", "number").integer == .min)
        #expect(try await client.command("INCRBY", "n", 7).integer == 7)
        try await client.command("ZADD", "z", 0.25, "a", Double.infinity, "b")
        #expect(try await client.command("ZSCORE", "z", "a").text == "0.25")
        #expect(try await client.command("ZSCORE", "z", "b").text == "inf")
        try await client.command("SET", Substring("part"), [1, 2, 3, 4][1...2].map { UInt8($0) }[...])
        #expect(try await client.command("GET", "part").bytes == [2, 3])
        #expect(try await client.command("PING").text == "PONG")
        await server.stop()
    }

    @Test func `all 256 byte values, the empty string and a large value survive the round trip`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let every = (0...255).map { UInt8($0) }
        let large = (0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for value in [every, [], large, Array("$5\r\nhello\r\n*1\r\n".utf8)] {
            try await client.command("SET", every, value)
            let back = try await client.command("GET", every).bytes
            #expect(back == value, "\(value.count) bytes")
        }
        await server.stop()
    }

    @Test func `null, empty, nested and mixed replies keep their shape`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        #expect(try await client.command("GET", "absent") == .null)
        #expect(try await client.command("GET", "absent").ifPresent == nil)
        #expect(try await client.command("LRANGE", "absent", 0, -1) == .array([]))
        #expect(try await client.command("MGET", "a", "b") == .array([.null, .null]))
        let nested = try await client.command(
            "EVAL", "return {1, 'x', {2, {3, {}}}, false, redis.status_reply('FINE'), redis.error_reply('ODD thing')}",
            0)
        #expect(
            nested
                == .array([
                    .integer(1), .string([120]), .array([.integer(2), .array([.integer(3), .array([])])]), .null,
                    .status("FINE"), .error(code: "ODD", message: "thing"),
                ]))
        // A null array, which only blocking commands and aborted transactions give.
        #expect(try await client.command("BLPOP", "absent", 0.01) == .null)
        await server.stop()
    }

    @Test func `a reply of the wrong kind is an error that names both kinds and no content`() async throws {
        let secret = RedisReply.string(Array("hunter2".utf8))
        #expect(throws: RedisError.unexpectedReply(expected: "an integer", got: "a string of 7 bytes")) {
            try secret.integer
        }
        #expect(throws: RedisError.unexpectedReply(expected: "an array", got: "null")) { try RedisReply.null.array }
        #expect(throws: RedisError.unexpectedReply(expected: "text", got: "an array of 1")) {
            try RedisReply.array([.null]).text
        }
        #expect(throws: RedisError.unexpectedReply(expected: "bytes", got: "an integer")) {
            try RedisReply.integer(1).bytes
        }
        #expect(throws: RedisError.unexpectedReply(expected: "UTF-8 text", got: "a string of 1 bytes")) {
            try RedisReply.string([0xff]).text
        }
    }

    @Test func `an error reply is thrown with its code, and the connection stays in use`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let identity = try await client.command("CLIENT", "ID").integer
        try await client.command("SET", "text", "x")
        await #expect(
            throws: RedisError.server(
                code: "ERR", message: "value is not an integer or out of range", operation: "INCR")
        ) { try await client.command("INCR", "text") }
        await #expect { try await client.command("LPUSH", "text", 1) } throws: {
            guard case RedisError.server("WRONGTYPE", _, "LPUSH") = $0 else { return false }
            return "\($0)".hasPrefix("Redis refused LPUSH: WRONGTYPE ")
        }
        #expect(try await client.command("CLIENT", "ID").integer == identity)
        await server.stop()
    }

    @Test func `a pipeline answers in order, throws its first error reply, or returns it on request`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let replies = try await client.pipeline((1...1000).map { RedisCommand("INCRBY", "n", $0) })
        #expect(try replies.map { try $0.integer } == (1...1000).map { Int64($0 * ($0 + 1) / 2) })
        #expect(try await client.pipeline([]).isEmpty)

        let mixed = [
            RedisCommand("SET", "a", "x"), RedisCommand("INCR", "a"), RedisCommand("NONSENSE"),
            RedisCommand("SET", "b", "y"),
        ]
        await #expect { try await client.pipeline(mixed) } throws: {
            guard case RedisError.server("ERR", _, "INCR") = $0 else { return false }
            return true
        }
        #expect(try await client.command("GET", "b").text == "y")
        let kept = try await client.pipeline(mixed, errors: .returned)
        #expect(kept.count == 4 && kept[0] == .status("OK") && kept[3] == .status("OK"))
        guard case .error("ERR", let message) = kept[2] else { Issue.record("\(kept[2])"); return }
        #expect(message.contains("NONSENSE"))
        await server.stop()
    }

    @Test func `two pipelines of one client never interleave`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<50 {
                group.addTask {
                    let replies = try await client.pipeline(
                        [RedisCommand("MULTI")] + (0..<20).map { _ in RedisCommand("RPUSH", "list", task) }
                            + [RedisCommand("EXEC")])
                    #expect(try replies.last?.array.count == 20)
                }
            }
            try await group.waitForAll()
        }
        let list = try await client.command("LRANGE", "list", 0, -1).array.map { try $0.integer }
        #expect(stride(from: 0, to: 1000, by: 20).allSatisfy { Set(list[$0..<$0 + 20]).count == 1 })
        await server.stop()
    }

    @Test func `thousands of concurrent tasks share one connection and each gets its own reply`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let echoed = try await withThrowingTaskGroup(of: Bool.self, returning: Int.self) { group in
            for task in 0..<5000 {
                group.addTask { try await client.command("ECHO", "message \(task)").text == "message \(task)" }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(echoed == 5000)
        let info = try await client.command("INFO", "stats").text
        // The fixture's own client made one connection.
        #expect(info.contains("total_connections_received:2\r\n"))
        await server.stop()
    }

    @Test func `output and input beyond the sockets' buffers flow at the same time`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let value = [UInt8](repeating: 7, count: 100_000)
        let replies = try await client.pipeline((0..<300).map { _ in RedisCommand("ECHO", value) })
        #expect(replies.count == 300)
        #expect(replies.allSatisfy { $0 == .string(value) })
        await server.stop()
    }

    @Test func `TCP works like a unix socket, by name and by address`() async throws {
        let server = try await RedisServer(.init(usesTCP: true))
        guard case .tcp(_, let port) = server.url.endpoint else { Issue.record("not TCP"); return }
        for host in ["127.0.0.1", "localhost"] {
            let client = RedisClient(url: try RedisURL("redis://\(host):\(port)/2"))
            try await client.command("SET", "k", host)
            #expect(try await client.command("GET", "k").text == host)
        }
        await server.stop()
    }
}
