import Glibc
import Redis
import Testing
import TrawlTestKit

@Suite struct LifetimeTests {
    @Test func `close fails the waiting commands exactly once and refuses later ones`() async throws {
        let server = try await RedisServer()
        let (client, admin) = (RedisClient(url: server.url), RedisClient(url: server.url))
        let identity = try await client.command("CLIENT", "ID").integer
        let blocked = Task { try await client.command("BLPOP", "nothing", 0) }
        while !(try await admin.command("CLIENT", "LIST", "ID", identity).text.contains(" flags=b")) {}
        let waiting = (0..<100).map { _ in Task { try await client.command("INCR", "n") } }
        client.close()
        client.close()
        await #expect(
            throws: RedisError.connection(operation: "BLPOP", cause: "the client was closed", mayHaveRun: true)
        ) { try await blocked.value }
        for task in waiting {
            await #expect(
                throws: RedisError.connection(operation: "INCR", cause: "the client was closed", mayHaveRun: false)
            ) { try await task.value }
        }
        #expect(try await admin.command("EXISTS", "n").integer == 0)
        await #expect(throws: RedisError.self) { try await client.command("PING") }
        await server.stop()
    }

    @Test func `a client closed before its first command refuses it`() async throws {
        let client = RedisClient(url: try RedisURL("unix:///nonexistent/redis.sock"))
        client.close()
        await #expect(
            throws: RedisError.connection(operation: "PING", cause: "the client was closed", mayHaveRun: false)
        ) { try await client.command("PING") }
    }

    @Test func `a released client still answers what it was given, and gives its connection back`() async throws {
        let server = try await RedisServer()
        let admin = RedisClient(url: server.url)
        let tasks = (0..<50).map { number in
            let client = RedisClient(url: server.url)
            return Task { try await client.command("ECHO", number).integer }
        }
        for (number, task) in tasks.enumerated() { #expect(try await task.value == Int64(number)) }
        // Only `admin` stays; the loop ends when the server has seen the others go.
        while try await admin.command("CLIENT", "LIST").text.split(separator: "\n").count > 1 {}
        await server.stop()
    }

    @Test func `a cancelled task gets its reply all the same`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.command("INCR", "n").integer
        }
        #expect(try await task.value == 1)
        await server.stop()
    }

    @Test func `sockets of the client are closed in programs that this process starts`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        try await client.command("PING")
        var open = 0
        for descriptor in Int32(3)..<16_384 {
            var address = sockaddr_un()
            var size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let code = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
            }
            let path = withUnsafeBytes(of: &address.sun_path) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard code == 0, path == server.url.address else { continue }
            open += 1
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
        #expect(open >= 1)
        try await client.command("PING")
        await server.stop()
    }

    @Test func `descriptors are given back by closed clients, released clients and failed connections`() async {
        // In a process of its own, because the limit that makes a leak fail holds for all tests in a process.
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 300, rlim_max: 300)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let server = try await RedisServer()
            for round in 0..<1000 {
                let client = RedisClient(url: server.url)
                try await client.command("PING")
                if round.isMultiple(of: 2) { client.close() }
            }
            let nowhere = RedisClient(url: try RedisURL("unix:///nonexistent/redis.sock"))
            for _ in 0..<1000 {
                do {
                    try await nowhere.command("PING")
                } catch {
                    precondition("\(error)".contains("No such file"), "\(error)")
                }
            }
            await server.stop()
        }
    }
}
