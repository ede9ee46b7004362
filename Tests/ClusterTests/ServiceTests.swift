import Glibc
import Testing
import TrawlTestKit

@testable import trawl

/// What a service manager is told, on a real datagram socket.
struct ServiceTests {
    /// An address that no other test has.
    private static func address(abstract: Bool) -> String {
        let name = "trawl-notify-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        return abstract ? "@" + name : "/tmp/" + name
    }

    private static func manager(_ address: String, _ more: [String: String] = [:]) -> ServiceManager? {
        ServiceManager(environment: ["NOTIFY_SOCKET": address].merging(more) { $1 })
    }

    @Test(arguments: [false, true])
    func `a message arrives as it is, at a path and at an abstract address`(abstract: Bool) async throws {
        let socket = try NotifySocket(Self.address(abstract: abstract))
        defer { unlink(socket.address) }
        let manager = try #require(Self.manager(socket.address))
        #expect(manager.tell("READY=1"))
        #expect(manager.tell("STOPPING=1", "STATUS=draining: 2 shards in hand"))
        #expect(await socket.messages == ["READY=1", "STOPPING=1\nSTATUS=draining: 2 shards in hand"])
    }

    @Test(arguments: ["", "notify", "vsock:2:1234", "/" + String(repeating: "a", count: 200)])
    func `an address of another kind is nobody to talk to`(address: String) {
        #expect(Self.manager(address) == nil)
        #expect(ServiceManager(environment: [:]) == nil)
    }

    @Test func `a manager that is gone, or reads nothing, holds nobody up`() async throws {
        let address = Self.address(abstract: false)
        let manager = try #require(Self.manager(address))
        #expect(!manager.tell("READY=1"))
        let socket = try NotifySocket(address)
        defer { unlink(address) }
        // The kernel keeps some, and then refuses.
        var taken = 0
        while taken < 100_000, manager.tell("STATUS=\(taken)") { taken += 1 }
        #expect(taken < 100_000)
        #expect(await socket.messages.count == taken)
        #expect(manager.tell("READY=1"))
    }

    @Test func `the watchdog counts where it is meant for this process`() throws {
        let own = String(getpid())
        func watchdog(_ variables: [String: String]) -> Duration? { Self.manager("@x", variables)?.watchdog }
        #expect(watchdog([:]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "180000000"]) == .seconds(180))
        #expect(watchdog(["WATCHDOG_USEC": "180000000", "WATCHDOG_PID": own]) == .seconds(180))
        #expect(watchdog(["WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "1"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "0"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "soon"]) == nil)
    }

    @Test func `the watchdog is answered while every loop comes round, and no more when one does not`() async throws {
        let socket = try NotifySocket(Self.address(abstract: true))
        let manager = try #require(Self.manager(socket.address, ["WATCHDOG_USEC": "400000"]))
        let pulses = LoopPulses()
        let reporter = ServiceReporter(
            manager, health: WorkerHealth(slots: 8, pulses: pulses), isDraining: { false }
        ) { [] }
        let reporting = Task { await reporter.run { true } }
        try await eventually("it is ready, says so, and answers") {
            pulses.turn("service")
            pulses.turn("run")
            return await socket.count("WATCHDOG=1") >= 3
        }
        #expect(await socket.messages.prefix(2) == ["READY=1", "STATUS=idle: no run to serve"])
        // One of the two goes on: that does not speak for the other.
        try await eventually("a loop has not come round for the watchdog's time") {
            pulses.turn("service")
            return pulses.longestSilence > .milliseconds(600)
        }
        let before = await socket.count("WATCHDOG=1")
        try await eventually("more than twice that time") {
            pulses.turn("service")
            return pulses.longestSilence > .milliseconds(1600)
        }
        #expect(await socket.count("WATCHDOG=1") == before)
        try await eventually("the reading of a store speaks for the loop that waits for it") {
            pulses.noteReading()
            return await socket.count("WATCHDOG=1") > before
        }
        pulses.rest("run")
        try await eventually("it answers again") {
            pulses.turn("service")
            return await socket.count("WATCHDOG=1") > before
        }
        reporting.cancel()
        await reporting.value
    }

    @Test func `secrets come from the manager's files where the environment has none`() async throws {
        try await Lab.with { lab in
            try lab.write("of the file\n", to: "trawl_GENESYSCLOUD_OAUTHCLIENT_SECRET")
            try lab.write("redis://of.the.file:6379", to: "TRAWL_REDIS_URL")
            try lab.write("\n", to: "TRAWL_DASHBOARD_TOKEN")
            try lab.write("no variable of ours", to: "trawl_PATH")
            let environment = [
                "CREDENTIALS_DIRECTORY": lab.scratch, "GENESYSCLOUD_OAUTHCLIENT_SECRET": "",
                "TRAWL_REDIS_URL": "redis://localhost:1", "PATH": "/bin",
            ]
            let found = ServiceCredentials.adding(to: environment)
            #expect(found["GENESYSCLOUD_OAUTHCLIENT_SECRET"] == "of the file")
            #expect(found["TRAWL_REDIS_URL"] == "redis://localhost:1")
            #expect(found["TRAWL_DASHBOARD_TOKEN"] == nil)
            #expect(found["PATH"] == "/bin")
            #expect(ServiceCredentials.adding(to: ["PATH": "/bin"]) == ["PATH": "/bin"])
        }
    }
}
