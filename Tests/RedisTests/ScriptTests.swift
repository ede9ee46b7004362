import Redis
import Testing
import TrawlTestKit

@Suite struct ScriptTests {
    static let add = RedisScript(
        name: "add", source: Array("return redis.call('INCRBY', KEYS[1], ARGV[1]) + ARGV[2]".utf8))

    @Test(arguments: [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000])
    func `the digest is the one the server gives the script`(length: Int) async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let source = "return 1 --".utf8.prefix(length) + [UInt8](repeating: 120, count: max(0, length - 11))
        // Short prefixes are no valid Lua; the server's own SHA-1 function takes anything.
        let theirs = try await client.command("EVAL", "return redis.sha1hex(ARGV[1])", 0, Array(source)).text
        #expect(RedisScript(name: "x", source: Array(source)).digest == theirs)
        if length > 10 { #expect(try await client.command("SCRIPT", "LOAD", Array(source)).text == theirs) }
        await server.stop()
    }

    @Test func `a script is loaded when the server lacks it: at first, after a flush, after a restart`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        #expect(try await client.evaluate(Self.add, keys: ["n"], arguments: [2, 100]).integer == 102)
        #expect(try await client.evaluate(Self.add, keys: ["n"], arguments: ["3", 100]).integer == 105)
        let loads = try await client.command("INFO", "commandstats").text
        #expect(loads.contains("cmdstat_script|load:calls=1,"))
        try await client.command("SCRIPT", "FLUSH")
        #expect(try await client.evaluate(Self.add, keys: ["n"], arguments: [1, 0]).integer == 6)
        try await client.command("FLUSHALL")
        #expect(try await client.evaluate(Self.add, keys: ["n"], arguments: [1, 0]).integer == 1)
        try await server.restart()
        #expect(try await client.evaluate(Self.add, keys: ["n"], arguments: [4, 0]).integer == 4)
        await server.stop()
    }

    @Test func `many tasks that find the script missing at once all get their answer, each call runs once`()
        async throws
    {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<500 {
                group.addTask { try await client.evaluate(Self.add, keys: ["n"], arguments: [1, 0]) }
            }
            try await group.waitForAll()
        }
        #expect(try await client.command("GET", "n").integer == 500)
        await server.stop()
    }

    @Test func `errors of a script name it: failing, not compiling, and without a server`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        try await client.command("SET", "n", "text")
        for script in [Self.add, RedisScript(name: "broken", source: Array("return (".utf8))] {
            await #expect { try await client.evaluate(script, keys: ["n"], arguments: [1, 0]) } throws: {
                guard case RedisError.server(_, _, let operation) = $0 else { return false }
                return operation == "script \(script.name)"
            }
        }
        client.close()
        await #expect(
            throws: RedisError.connection(operation: "script add", cause: "the client was closed", mayHaveRun: false)
        ) { try await client.evaluate(Self.add) }
        await server.stop()
    }
}
