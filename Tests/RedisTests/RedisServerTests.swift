import Glibc
import Redis
import Testing
import TrawlTestKit

@Suite struct RedisServerTests {
    @Test func `a server that cannot start says why`() async throws {
        await #expect { try await RedisServer(.init(arguments: ["--no-such-option", "1"])) } throws: {
            "\($0)".contains("ended at once") && "\($0)".contains("no-such-option")
        }
    }

    @Test func `nothing of a stopped or released server remains`() async throws {
        var paths: [String] = []
        for stops in [true, false] {
            let server = try await RedisServer()
            paths.append(server.url.address)
            #expect(access(server.url.address, F_OK) == 0)
            if stops { await server.stop() }
        }
        for path in paths {
            let directory = String(path.dropLast("/redis.sock".count))
            #expect(access(directory, F_OK) != 0)
            await #expect(throws: RedisError.self) {
                try await RedisClient(url: RedisURL(endpoint: .unix(path: path))).command("PING")
            }
        }
    }
}
