import Foundation
import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlTestKit

@testable import TrawlView

let start = Instant("2024-01-01T00:00:00Z")!

/// The shard of one hour.
func hour(_ index: Int, hours: Int = 1) -> Shard {
    Shard(Interval(from: start + Int64(index) * 3_600_000, to: start + Int64(index + hours) * 3_600_000)!)
}

func view(_ index: Int, _ state: ShardView.State, hours: Int = 1) -> ShardView {
    ShardView(hour(index, hours: hours), state)
}

/// A run of four hours with a store and a schedule.
struct Watched {
    let server: RedisServer
    let redis: RedisClient
    let store: DirectoryStore
    private let folder: Folder

    init() async throws {
        server = try await RedisServer()
        redis = RedisClient(url: server.url)
        folder = Folder()
        let request = PlanRequest(interval: Interval(from: start, to: start + 4 * 3_600_000)!)
        let plan = Plan(
            run: "watched", request: request, roots: (0..<4).map { hour($0).id }, apiURL: "", loginURL: "",
            hash: planHash(of: request))
        store = try DirectoryStore.create(path: "\(folder.path)/run", plan: plan)
        try await RunInstaller(redis: redis, run: "watched", epoch: 1).install(
            .init(owed: plan.roots.map { Shard($0.interval) }, store: store.root))
    }

    func queue(_ worker: String) throws -> RedisShardQueue {
        try RedisShardQueue(redis: redis, run: "watched", epoch: 1, worker: worker)
    }

    /// An outcome of so many requests for the shard, as though a worker had committed it.
    func finish(_ shard: Shard, requests: Int, verdict: Verdict = .proven) throws {
        let file = FileReference(path: "parts/none", bytes: 0, sha256: "")
        let proof = WalkProof(
            verdict: verdict, end: .shortPage, firstHits: 7, lastHits: 7, records: 7, distinct: 7, rejected: 0,
            pages: 2,
            walks: 1, repeatedPages: 0)
        let outcome = PartOutcome(
            token: LeaseToken("1:1:a"), part: file, index: file, lines: 7, lineBytes: 70, requests: requests,
            proof: proof)
        _ = try store.commit(.part(outcome), for: shard.id)
    }
}

/// A directory of one test's own, removed with the object.
final class Folder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/trawl-view-test.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        precondition(made != nil, "no scratch directory")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        // What cannot be removed is left to the system's cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }
}
