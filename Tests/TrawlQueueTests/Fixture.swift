import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

/// One `redis-server` for all tests that only touch keys of their own run or limiter.
let sharedServer = Task { try await RedisServer() }

/// A run of its own, installed with `roots` hourly shards, and a client of its own.
struct Fixture {
    let redis: RedisClient
    let run: String
    let epoch: Int

    init(roots: Int = 0, epoch: Int = 1, requests: Int = 0, on server: RedisServer? = nil) async throws {
        let url = if let server { server.url } else { try await sharedServer.value.url }
        redis = RedisClient(url: url)
        run = "run-\(UInt64.random(in: .min ... .max))"
        self.epoch = epoch
        let installer = try RunInstaller(redis: redis, run: run, epoch: epoch)
        try await installer.install(
            RunInstaller.Schedule(owed: (0..<roots).map { hour($0) }, requests: requests, store: "/store"))
    }

    var keys: RunKeys {
        get throws { try RunKeys(run: run) }
    }

    func queue(
        _ worker: String = "w1", epoch: Int? = nil, options: RedisShardQueue.Options = .init()
    ) throws -> RedisShardQueue {
        try RedisShardQueue(redis: redis, run: run, epoch: epoch ?? self.epoch, worker: worker, options: options)
    }

    /// Makes a lease run out now, as waiting for its end would.
    func expire(_ shard: Shard) async throws {
        try await redis.command("ZADD", try keys.leases, "XX", 0, shard.id.text)
    }

    /// Makes a delayed shard due now.
    func makeDue(_ shard: Shard) async throws {
        try await redis.command("ZADD", try keys.delayed, "XX", 0, shard.id.text)
    }

    func places() async throws -> Places { try await Places(redis, keys) }

    func snapshot() async throws -> RunSnapshot {
        try #require(try await RunSnapshot.read(redis, run: run))
    }
}

private let start = Instant(milliseconds: 1_704_067_200_000)

/// The root shard of one hour.
func hour(_ index: Int) -> Shard {
    Shard(Interval(from: start + Int64(index) * 3_600_000, to: start + Int64(index + 1) * 3_600_000)!)
}

/// Child `index` of 4 quarters of an hour.
func quarter(_ root: Int, _ index: Int) -> Shard {
    Shard(hour(root).interval.cut(into: 4)[index], parentHits: 500)
}

/// Where every shard of a run is: the state before and after a call. Names are `3` for an hour, `3.1` for a quarter.
struct Places: Equatable, CustomStringConvertible {
    var children: [String] = []
    var roots: [String] = []
    var leased: Set<String> = []
    var delayed: Set<String> = []
    var dead: Set<String> = []
    var done: Set<String> = []
    var attempts: [String: Int] = [:]
    var reclaims: [String: Int] = [:]

    init() {}

    /// Reads the keys one by one and requires that they agree: each shard is in exactly the place its state names.
    init(_ redis: RedisClient, _ keys: RunKeys) async throws {
        func list(_ name: String, _ arguments: any RedisArgument...) async throws -> [String] {
            try await redis.send(RedisCommand(name, arguments: arguments)).array.map { try $0.text }
        }
        func hash(_ key: String) async throws -> [String: String] {
            let fields = try await list("HGETALL", key)
            return Dictionary(
                uniqueKeysWithValues: stride(from: 0, to: fields.count, by: 2).map { (fields[$0], fields[$0 + 1]) })
        }
        let children = try await list("LRANGE", keys.pendingChildren, 0, -1)
        let roots = try await list("LRANGE", keys.pendingRoots, 0, -1)
        let leased = try await list("ZRANGE", keys.leases, 0, -1)
        let delayed = try await list("ZRANGE", keys.delayed, 0, -1)
        let dead = try await list("ZRANGE", keys.dead, 0, -1)
        let states = try await hash(keys.states)
        func inState(_ state: String) -> [String] { states.filter { $0.value == state }.keys.sorted() }
        #expect((children + roots).sorted() == inState("pending"))
        #expect(leased.sorted() == inState("leased"))
        #expect(delayed.sorted() == inState("delayed"))
        #expect(dead.sorted() == inState("dead"))
        #expect(try await list("HKEYS", keys.tokens).sorted() == leased.sorted())
        #expect(try await list("HKEYS", keys.owners).sorted() == leased.sorted())
        let done = inState("done")
        #expect(Set(try await list("HKEYS", keys.payloads)) == Set(states.keys).subtracting(done))
        // What waits for data is delayed, and a job is kept for what is not done.
        #expect(Set(try await list("HKEYS", keys.waiting)).isSubset(of: delayed))
        #expect(Set(try await list("HKEYS", keys.jobs)).isDisjoint(with: done))
        self.children = children.map(name)
        self.roots = roots.map(name)
        self.leased = Set(leased.map(name))
        self.delayed = Set(delayed.map(name))
        self.dead = Set(dead.map(name))
        self.done = Set(done.map(name))
        for (id, count) in try await hash(keys.attempts) { attempts[name(id)] = Int(count) }
        for (id, count) in try await hash(keys.reclaims) { reclaims[name(id)] = Int(count) }
    }

    var description: String {
        func pairs(_ counts: [String: Int]) -> [String] {
            counts.sorted { $0.key < $1.key }.map { "\($0.key)x\($0.value)" }
        }
        let parts: [(String, [String])] = [
            ("children", children), ("roots", roots), ("leased", leased.sorted()), ("delayed", delayed.sorted()),
            ("dead", dead.sorted()), ("done", done.sorted()), ("attempts", pairs(attempts)),
            ("reclaims", pairs(reclaims)),
        ]
        return parts.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ","))" }.joined(separator: "; ")
    }
}

/// The short name of a shard made by ``hour(_:)`` or ``quarter(_:_:)``.
func name(_ id: String) -> String {
    guard let interval = ShardID(id)?.interval else { return id }
    let index = (interval.from - start) / 3_600_000
    guard interval.milliseconds < 3_600_000 else { return "\(index)" }
    return "\(index).\((interval.from - start) % 3_600_000 / 900_000)"
}

extension Shard {
    var name: String { TrawlQueueTests.name(id.text) }
}

extension Claim {
    var names: [String] { leases.map(\.shard.name) }
}
