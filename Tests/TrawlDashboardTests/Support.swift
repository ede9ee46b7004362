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
@testable import TrawlView

let start = Instant("2024-01-01T00:00:00Z")!
let hour: Int64 = 3_600_000

func shard(_ index: Int, hours: Int = 1) -> Shard {
    Shard(Interval(from: start + Int64(index) * hour, to: start + Int64(index + hours) * hour)!)
}

func view(_ index: Int, _ state: ShardView.State, hours: Int = 1) -> ShardView {
    ShardView(shard(index, hours: hours), state)
}

/// A dashboard over a run of four hours with a store and a schedule, without a server before it.
final class Site: Sendable {
    let server: RedisServer
    let redis: RedisClient
    let store: DirectoryStore
    let catalog: RunCatalog
    let lines = Guarded<[String]>([])
    private let watching: Task<Void, Never>

    init() async throws {
        server = try await RedisServer()
        redis = RedisClient(url: server.url)
        let folder = FileManager.default.temporaryDirectory.path + "/trawl-dashboard-\(UUID().uuidString)"
        let request = PlanRequest(interval: Interval(from: start, to: start + 4 * hour)!)
        let plan = Plan(
            run: "watched", request: request, roots: (0..<4).map { shard($0).id }, apiURL: "", loginURL: "",
            hash: planHash(of: request))
        store = try DirectoryStore.create(path: folder, plan: plan)
        try await RunInstaller(redis: redis, run: "watched", epoch: 1).install(
            .init(owed: plan.roots.map { Shard($0.interval) }, store: store.root))
        try await RunRegistry(redis: redis).add("watched", store: store.root)
        let catalog = RunCatalog(
            .init(redis: redis, stores: { [] }, overrides: [:], privateSocket: { $0 }), log: .silent)
        self.catalog = catalog
        // Ends with the site.
        watching = Task { await catalog.run() }
    }

    deinit {
        watching.cancel()
        redis.close()
        // What cannot be removed is left to the system's cleaning.
        try? FileManager.default.removeItem(atPath: store.root)
    }

    func dashboard(tokens: AccessTokens = AccessTokens(), acts: Bool = true) -> Dashboard {
        let log = Log { [lines] entry in
            let fields = entry.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            lines.with { $0.append("\(entry.level.name) \(fields) \(entry.message)") }
        }
        return Dashboard(
            catalog, gate: Gate(tokens: tokens, hosts: [], allowsAddresses: false),
            options: .init(allowsActions: acts, version: "1", process: "dashboard-1", now: { start }), log: log)
    }

    var state: RunState? {
        get async throws { try await RunSnapshot.read(redis, run: "watched")?.state }
    }

    func die(_ index: Int) throws {
        try store.markDead(
            DeadMarker(cause: .refused, reason: "HTTP 400", attempts: 1, reclaims: 0, requests: 1),
            shard: shard(index).id)
    }
}

extension HTTPServerResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSONValue? { try? JSONDocument.value(Data(body)) }

    func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }
}

func act(_ path: String, _ headers: [String: String] = [:], body: String = "{}") -> HTTPServerRequest {
    request("POST", path, headers.merging([Gate.actionHeader: "1"]) { $1 }, body: body)
}
