import Glibc
import Redis
import Testing
import TrawlTestKit

@Suite struct ConnectionTests {
    static let quick = RedisOptions(connectTimeout: .seconds(5), commandTimeout: .milliseconds(200))

    @Test func `after a time-out the command is reported as possibly run, and the client recovers`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url, options: Self.quick)
        try await client.command("PING")
        await server.pause()
        let error = await #expect(throws: RedisError.self) { try await client.command("INCR", "n") }
        #expect(error == .timeout(operation: "INCR", after: .milliseconds(200)))
        #expect(error?.mayHaveRun == true)
        await server.resume()
        // It did run, late; the next reply must be the next command's own and not the late one.
        #expect(try await client.command("ECHO", "fresh").text == "fresh")
        #expect(try await client.command("GET", "n").integer == 1)
        await server.stop()
    }

    @Test func `the read time-out holds again on a new connection`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url, options: Self.quick)
        for _ in 0..<3 {
            try await client.command("PING")
            await server.pause()
            await #expect(throws: RedisError.timeout(operation: "PING", after: .milliseconds(200))) {
                try await client.command("PING")
            }
            await server.resume()
        }
        await server.stop()
    }

    @Test func `a frozen server that still accepts connections is a connect error, not a wait without end`()
        async throws
    {
        let server = try await RedisServer()
        await server.pause()
        let client = RedisClient(url: server.url, options: Self.quick)
        await #expect { try await client.command("PING") } throws: {
            guard case RedisError.connect(_, let cause) = $0 else { return false }
            return cause.contains("no answer within 0.2 seconds")
        }
        await server.resume()
        try await client.command("PING")
        await server.stop()
    }

    @Test(arguments: [false, true])
    func `after a crash and restart, login, database and name are set up again`(usesTCP: Bool) async throws {
        let server = try await RedisServer(.init(password: "top secret", usesTCP: usesTCP))
        var url = server.url
        url.database = 3
        let client = RedisClient(url: url, options: RedisOptions(clientName: "reader-1"))
        for round in 0..<3 {
            let line = try await client.command("CLIENT", "INFO").text
            #expect(line.contains(" db=3 ") && line.contains(" name=reader-1 ") && line.contains(" user=default "))
            #expect(try await client.command("EXISTS", "mark").integer == 0)
            try await client.command("SET", "mark", round)
            if round < 2 { try await server.restart() }
        }
        await server.stop()
    }

    @Test func `a named user logs in, also after the connection is killed`() async throws {
        let server = try await RedisServer()
        let admin = RedisClient(url: server.url)
        try await admin.command("ACL", "SETUSER", "ann", "on", ">p@ss", "~*", "+@all")
        var url = server.url
        (url.user, url.password) = ("ann", "p@ss")
        let client = RedisClient(url: url)
        for _ in 0..<2 {
            #expect(try await client.command("ACL", "WHOAMI").text == "ann")
            #expect(try await admin.command("CLIENT", "KILL", "USER", "ann").integer == 1)
        }
        await server.stop()
    }

    @Test func `a connection that died while idle is replaced before anything is written`() async throws {
        let server = try await RedisServer()
        let (client, admin) = (RedisClient(url: server.url), RedisClient(url: server.url))
        for count in 1...20 {
            let identity = try await client.command("CLIENT", "ID").integer
            try await admin.command("CLIENT", "KILL", "ID", identity)
            #expect(try await client.command("INCR", "n").integer == Int64(count))
        }
        await server.stop()
    }

    @Test func `a connection killed in mid-flight fails its command as possibly run, once`() async throws {
        let server = try await RedisServer()
        let (client, admin) = (RedisClient(url: server.url), RedisClient(url: server.url))
        let identity = try await client.command("CLIENT", "ID").integer
        let blocked = Task { try await client.command("BLPOP", "nothing", 0) }
        try await awaitBlocked(admin, identity)
        try await admin.command("CLIENT", "KILL", "ID", identity)
        let error = await #expect(throws: RedisError.self) { try await blocked.value }
        #expect(error == .connection(operation: "BLPOP", cause: "the server closed the connection", mayHaveRun: true))
        #expect(try await client.command("CLIENT", "ID").integer != identity)
        await server.stop()
    }

    @Test func `a pipeline cut in the middle names the command that got no reply`() async throws {
        let server = try await RedisServer()
        let (client, admin) = (RedisClient(url: server.url), RedisClient(url: server.url))
        let identity = try await client.command("CLIENT", "ID").integer
        let blocked = Task {
            try await client.pipeline([
                RedisCommand("INCR", "n"), RedisCommand("BLPOP", "nothing", 0), RedisCommand("INCR", "n"),
            ])
        }
        try await awaitBlocked(admin, identity)
        try await admin.command("CLIENT", "KILL", "ID", identity)
        await #expect(
            throws: RedisError.connection(
                operation: "BLPOP", cause: "the server closed the connection", mayHaveRun: true)
        ) { try await blocked.value }
        await server.stop()
    }

    @Test func `commands that wait behind a dying batch are sent on the next connection`() async throws {
        let server = try await RedisServer()
        let (client, admin) = (RedisClient(url: server.url), RedisClient(url: server.url))
        let identity = try await client.command("CLIENT", "ID").integer
        let blocked = Task { try await client.command("BLPOP", "nothing", 0) }
        try await awaitBlocked(admin, identity)
        let waiting = Task { try await client.command("ECHO", "later").text }
        try await admin.command("CLIENT", "KILL", "ID", identity)
        await #expect(throws: RedisError.self) { try await blocked.value }
        #expect(try await waiting.value == "later")
        await server.stop()
    }

    @Test func `a value too large for the sockets' buffers has not run when the server dies before taking it`()
        async throws
    {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url, options: Self.quick)
        try await client.command("PING")
        await server.pause()
        let error = await #expect(throws: RedisError.self) {
            try await client.command("SET", "k", [UInt8](repeating: 1, count: 30_000_000))
        }
        #expect(error == .connection(operation: "SET", cause: "timed out", mayHaveRun: false))
        await server.resume()
        #expect(try await client.command("EXISTS", "k").integer == 0)
        await server.stop()
    }

    @Test func `a wrong password and a missing one are server errors that do not quote it`() async throws {
        let server = try await RedisServer(.init(password: "right"))
        var url = server.url
        url.password = "hunter2"
        let wrong = await #expect(throws: RedisError.self) { try await RedisClient(url: url).command("GET", "k") }
        guard case .server("WRONGPASS", _, "AUTH") = wrong else { Issue.record("\(String(describing: wrong))"); return }
        #expect(wrong?.description.contains("hunter2") == false)
        url.password = nil
        let missing = await #expect(throws: RedisError.self) { try await RedisClient(url: url).command("GET", "k") }
        guard case .server("NOAUTH", _, "SELECT 0") = missing else {
            Issue.record("\(String(describing: missing))")
            return
        }
        await server.stop()
    }

    @Test func `a database that does not exist and a server that is full are named as such`() async throws {
        let server = try await RedisServer(.init(arguments: ["--databases", "4", "--maxclients", "2"]))
        var url = server.url
        url.database = 4
        await #expect(
            throws: RedisError.server(code: "ERR", message: "DB index is out of range", operation: "SELECT 4")
        ) {
            try await RedisClient(url: url).command("PING")
        }
        let holders = [RedisClient(url: server.url), RedisClient(url: server.url)]
        // The server closes dropped connections in its own time; taking both places is the event to wait for.
        for holder in holders { await takePlace(holder) }
        let error = await #expect(throws: RedisError.self) { try await RedisClient(url: server.url).command("PING") }
        guard case .server("ERR", "max number of clients reached", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        for holder in holders { holder.close() }
        await server.stop()
    }

    @Test func `connect failures name the place and the system's reason, for every waiting command`() async throws {
        let rows = [
            ("unix:///nonexistent/redis.sock", "/nonexistent/redis.sock", "No such file or directory"),
            ("unix:///\(String(repeating: "x", count: 200))", "xxx", "limit of 107 bytes"),
            ("redis://127.0.0.1:1", "127.0.0.1:1", "Connection refused"),
            ("redis://no-such-host.invalid", "no-such-host.invalid:6379", ""),
        ]
        for (text, place, reason) in rows {
            let client = RedisClient(url: try RedisURL(text))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let error = await #expect(throws: RedisError.self) { try await client.command("PING") }
                        guard case .connect(let address, let cause) = error else {
                            Issue.record("\(String(describing: error))")
                            return
                        }
                        #expect(address.contains(place) && cause.contains(reason) && !cause.isEmpty)
                        #expect(error?.mayHaveRun == false)
                    }
                }
            }
        }
    }

    @Test func `a server that comes up later is found by the same client`() async throws {
        let server = try await RedisServer()
        let client = RedisClient(url: server.url)
        await server.kill()
        await #expect(throws: RedisError.self) { try await client.command("PING") }
        await #expect(throws: RedisError.connect(address: server.url.address, cause: "Connection refused")) {
            try await client.command("PING")
        }
        try await server.restart()
        #expect(try await client.command("PING").text == "PONG")
        await server.stop()
    }

    @Test func `bytes that are no Redis reply are an error, and the process survives a peer that hangs up`()
        async throws
    {
        let peer = try ScriptedPeer(answers: ["+OK\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"])
        let client = RedisClient(url: peer.url, options: Self.quick)
        await #expect { try await client.command("PING") } throws: {
            guard case RedisError.connection("PING", let cause, true) = $0 else { return false }
            return cause.contains("not a Redis reply")
        }
        // The peer serves one connection: what follows meets a closed one.
        await #expect(throws: RedisError.self) { try await client.command("PING") }
    }

    @Test func `a reply that nobody asked for makes the client drop the connection`() async throws {
        let peer = try ScriptedPeer(answers: ["+OK\r\n", "+PONG\r\n+STRAY\r\n"])
        let client = RedisClient(url: peer.url, options: Self.quick)
        #expect(try await client.command("PING").text == "PONG")
        await #expect { try await client.command("PING") } throws: {
            guard case RedisError.connect = $0 else { return false }
            return true
        }
    }

    /// Until it succeeds the only thing that can go wrong is a full server.
    private func takePlace(_ client: RedisClient) async {
        while await (try? client.command("PING")) == nil {}
    }

    private func awaitBlocked(_ admin: RedisClient, _ identity: Int64) async throws {
        while true {
            let list = try await admin.command("CLIENT", "LIST", "ID", identity).text
            if list.contains(" flags=b") { return }
        }
    }
}
