import Foundation
import Guarded
import HTTPServer
import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlTestKit

@testable import TrawlDashboard

@Suite(.timeLimit(.minutes(1)))
struct RunCatalogTests {
    @Test func `a store whose plan stays is opened once, another plan file opens it again`() async throws {
        let folder = try Folder()
        let shelf = StoreShelf()
        func open() async throws { _ = try #require(await shelf.open([folder.path])[folder.path]).get() }
        try await open()
        // Opening makes the directories that are missing.
        let parts = folder.path + "/parts"
        try FileManager.default.removeItem(atPath: parts)
        try await open()
        #expect(!FileManager.default.fileExists(atPath: parts))
        let plan = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/plan.json"))
        try plan.write(to: URL(fileURLWithPath: folder.path + "/plan.json"), options: .atomic)
        try await open()
        #expect(FileManager.default.fileExists(atPath: parts))
    }

    @Test func `a call that hangs is not waited for and not made again, and what it says at last is heard`() async {
        let call = SlowCall<Int>()
        let gate = DispatchSemaphore(value: 0)
        let first = await call.value(within: .milliseconds(10)) {
            gate.wait()
            return 1
        }
        #expect(first == nil)
        #expect(await call.value { 2 } == nil)
        gate.signal()
        var last: Int?
        while last == nil { last = await call.value { 3 } }
        #expect(last == 1)
        #expect(await call.value { 4 } == 4)
    }

    @Test func `looks at disks that do not answer hold up nothing else`() async throws {
        let folders = try (0..<2 * ProcessInfo.processInfo.activeProcessorCount).map { _ in try Folder() }
        // Whoever reads a pipe waits for its writer.
        let pipes = folders.map { "\($0.path)/out/\(shard(0).id).json" }
        for pipe in pipes { #expect(mkfifo(pipe, 0o600) == 0) }
        let watches = try folders.map {
            RunWatch(run: "stored", place: .store(try DirectoryStore.open(path: $0.path), .atSocket("/none")))
        }
        for watch in watches { await watch.tick() }
        for (watch, pipe) in zip(watches, pipes) {
            // There is somebody to write to as soon as the look has come so far.
            var writer: Int32 = -1
            while writer < 0 {
                writer = open(pipe, O_WRONLY | O_NONBLOCK)
                await Task.yield()
            }
            let (look, trouble) = await watch.standing(isWatched: true)
            #expect(look == nil && trouble == nil)
            close(writer)
        }
        for watch in watches {
            while await watch.trouble == nil, await watch.latest == nil { await Task.yield() }
        }
    }

    @Test func `a store that fails keeps its run and is logged once; a run that is gone lets its listeners go`()
        async throws
    {
        let folder = try Folder()
        let (paths, lines) = (Guarded([folder.path]), Guarded<[String]>([]))
        let catalog = RunCatalog(
            .init(redis: nil, stores: { paths.with { $0 } }, overrides: [:], privateSocket: { $0 + "/none" }),
            log: Log { entry in lines.with { $0.append(entry.message) } })
        await catalog.refresh()
        let watch = try #require(await catalog.watch("stored"))
        try Data("{".utf8).write(to: URL(fileURLWithPath: folder.path + "/plan.json"))
        await catalog.refresh()
        await catalog.refresh()
        #expect(await catalog.watch("stored") === watch)
        #expect(lines.with { $0.count } == 1)
        #expect(await catalog.fault() == nil)

        let reader = EventReader(watch)
        #expect(await reader.next() == EventFrame.opening)
        let waiting = Task { await reader.next() }
        paths.with { $0 = [] }
        await catalog.refresh()
        #expect(await catalog.watch("stored") == nil)
        let said = await waiting.value.map { String(decoding: $0, as: UTF8.self) }
        #expect(said == nil || said?.hasPrefix("event: trouble") == true)
        #expect(await reader.next() == nil)
        #expect(await watch.look() == nil)
    }

    @Test func `a run that moves leaves no connection to its private Redis behind`() async throws {
        let site = try await Site()
        guard case .unix(let socket) = site.server.url.endpoint else {
            Issue.record("no socket")
            return
        }
        let watch = RunWatch(run: "watched", place: .store(site.store, .atSocket(socket)))
        await watch.tick()
        while await watch.latest == nil { await site.catalog.nextTick() }
        func connections() async throws -> Int {
            guard case .string(let bytes) = try await site.redis.command("CLIENT", "LIST") else { return 0 }
            let list = String(decoding: bytes, as: UTF8.self)
            return list.split(separator: "\n").count { $0.contains("name=trawl-dashboard ") }
        }
        #expect(try await connections() == 1)
        await watch.move(to: .store(site.store, .atSocket(socket + ".none")))
        while try await connections() > 0 { await site.catalog.nextTick() }
        #expect(await watch.redis == nil)
    }

    @Test func `a halted run is halted also where its store is elsewhere`() async throws {
        let site = try await Site()
        let queue = try RedisShardQueue(redis: site.redis, run: "watched", epoch: 1, worker: "w")
        try await queue.halt(Halt(code: 77, message: "no access"))
        let snapshot = try await RunSnapshot.read(site.redis, run: "watched")
        #expect(snapshot?.state == .draining)
        let look = RunLook(run: "watched", store: "/none", problem: "", snapshot: snapshot, number: 1)
        #expect(look.summary["state"] == .string("halted"))
    }

    @Test func `all who listen are sent the same array`() async throws {
        let site = try await Site()
        let watch = try #require(await site.catalog.watch("watched"))
        let look = try #require(await watch.look())
        let address = { (bytes: [UInt8]) in bytes.withUnsafeBytes { $0.baseAddress } }
        for reader in [EventReader(watch), EventReader(watch)] {
            _ = await reader.next()
            let frame = try #require(await reader.next())
            let latest = try #require(await watch.latest)
            #expect(latest.number > look.number || address(frame) == address(look.frame))
        }
        // Right after a tick, so that both wait for the same one.
        await site.catalog.nextTick()
        async let one = site.catalog.nextFrame()
        async let other = site.catalog.nextFrame()
        let lists = await (one, other)
        #expect(address(lists.0) == address(lists.1))
    }

    @Test func `there is room for so many listeners, and for another when one goes`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard()
        let listen = { await dashboard.answer(request("GET", "/api/events")) }
        var answers: [HTTPServerResponse] = []
        for _ in 0..<Dashboard.mostListeners { answers.append(await listen()) }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(await listen().status == 503)
        #expect(await dashboard.answer(request("GET", "/api/runs/watched/events")).status == 503)
        answers.removeLast()
        #expect(await listen().status == 200)
    }
}

/// A directory with the store of a run called `stored`.
private final class Folder {
    let path = FileManager.default.temporaryDirectory.path + "/trawl-catalog-\(UUID().uuidString)"

    init() throws {
        let request = PlanRequest(interval: Interval(from: start, to: start + 4 * hour)!)
        let plan = Plan(
            run: "stored", request: request, roots: (0..<4).map { shard($0).id }, apiURL: "", loginURL: "",
            hash: planHash(of: request))
        _ = try DirectoryStore.create(path: path, plan: plan)
    }

    deinit {
        // What cannot be removed is left to the system's cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }
}
