import Glibc
import Testing
import TrawlSource

@testable import trawl

/// Pieces of the program that need no process.
struct PieceTests {
    @Test(arguments: [
        ("https://api.mypurecloud.de", true, false), ("https://login.euw2.pure.cloud", true, false),
        ("http://api.mypurecloud.de", false, true), ("https://mypurecloud.de.example.com", false, false),
        ("http://127.0.0.1:8080", true, false), ("http://127.255.0.3", true, false), ("http://[::1]:8080", true, false),
        ("http://localhost:80", true, false), ("http://127.evil.co.m", false, true),
        ("http://127.0.0.256", false, true),
        ("http://127.0.0.1.example.com", false, true), ("http://127.0.0", false, true),
        ("http://[::ffff:127.0.0.1]", false, true), ("http://localhost.example.com", false, true),
        ("http://10.0.0.1", false, true), ("https://gateway.internal", false, false),
    ])
    func `only Genesys hosts and this machine are trusted, and plain http only on this machine`(
        text: String, isTrusted: Bool, isPlain: Bool
    ) throws {
        let url = try #require(ServiceURL(text))
        #expect(Destination.isTrusted(url) == isTrusted)
        #expect(Destination.isPlain(url) == isPlain)
    }

    @Test(arguments: [
        ("7.0.15", "noeviction", nil), ("6.2.0", "noeviction", nil), ("8.0", "noeviction", nil),
        ("6.0.16", "noeviction", "6.0.16"), ("5.0.3", "noeviction", "5.0.3"), ("7.2.4", "allkeys-lru", "allkeys-lru"),
        ("7.2.4", "volatile-ttl", "volatile-ttl"),
    ])
    func `a Redis that is old or throws keys away is unfit`(version: String, policy: String, names: String?) {
        let fitness = RedisFitness(
            info: "# Server\r\nredis_version:\(version)\r\n# Memory\r\nused_memory:1024\r\nmaxmemory:0\r\n"
                + "maxmemory_policy:\(policy)\r\n# Persistence\r\naof_enabled:1\r\n")
        #expect(fitness.usedMemory == 1024)
        #expect(fitness.remark == nil)
        if let names {
            #expect(fitness.objection?.contains(names) == true)
        } else {
            #expect(fitness.objection == nil)
        }
    }

    @Test func `a Redis without an append-only file is fit, and remarked upon`() {
        let fitness = RedisFitness(info: "redis_version:7.0.0\nmaxmemory_policy:noeviction\naof_enabled:0\n")
        #expect(fitness.objection == nil)
        #expect(fitness.remark?.contains("never data") == true)
    }

    @Test func `chaos counts what is missing, doubled and altered, and minds the order`() {
        func lines(_ text: String) -> [ArraySlice<UInt8>] { Array(text.utf8).split(separator: 0x20) }
        var report = ChaosReport()
        report.compare(lines("a b c"), with: lines("a b c"))
        #expect(report.isEqual)
        #expect(report.conversations == 3)
        #expect(report.exitCode == 0)

        var worse = report
        worse.compare(lines("a c c x"), with: lines("a b c"))
        #expect(worse.missing == 1)
        #expect(worse.doubled == 1)
        #expect(worse.altered == 1)
        #expect(worse.exitCode == 5)

        var turned = report
        turned.compare(lines("b a c"), with: lines("a b c"))
        #expect(turned.missing + turned.doubled + turned.altered == 0)
        #expect(turned.disordered == 1)
        #expect(!turned.isEqual)

        report.failure = "it did not end"
        #expect(report.exitCode == 5)
    }

    @Test func `the end of a child is seen although a child of its own still holds its standard error`() async throws {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        let child = try await ChildProcess.start(
            ["/bin/sh", "-c", "sleep 300 & echo $! >&2; echo last >&2; exit 3"],
            environment: ["PATH": "/usr/bin:/bin"],
            ownSession: true, errorLine: { continuation.yield($0) })
        let end = await child.end
        continuation.finish()
        var said: [String] = []
        for await line in lines { said.append(line) }
        #expect(end == .exited(3))
        #expect(said.count == 2 && said.last == "last", "\(said)")
        let sleeper = try #require(said.first.flatMap { pid_t($0) })
        #expect(kill(sleeper, SIGKILL) == 0)
    }

    @Test func `a handover is one line, whatever is in it`() {
        let line = ControlLine.handover(["A": "one\ntwo \"three\" \\", "B": "ü"])
        #expect(!line.contains("\n"))
        #expect(line == #"{"A":"one\ntwo \"three\" \\","B":"ü"}"#)
    }
}
