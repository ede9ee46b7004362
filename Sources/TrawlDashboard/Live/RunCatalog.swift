package import Redis
package import TrawlCore
import TrawlQueue
import TrawlStore

/// The runs there are to show, each with its watch.
package actor RunCatalog {
    /// Where to look for runs.
    package struct Sources: Sendable {
        /// Shows all runs that it knows. Nil: only what lies in `stores`.
        package var redis: RedisClient?
        /// Directories that hold a run, or hold such directories. Looked through again and again.
        package var stores: @Sendable () -> [String]
        /// Where the stores of some runs are on this machine, whatever Redis says.
        package var overrides: [String: String]
        /// The socket of the private Redis that a `trawl run` on this store would have.
        package var privateSocket: @Sendable (String) -> String

        package init(
            redis: RedisClient?, stores: @escaping @Sendable () -> [String], overrides: [String: String],
            privateSocket: @escaping @Sendable (String) -> String
        ) {
            self.redis = redis
            self.stores = stores
            self.overrides = overrides
            self.privateSocket = privateSocket
        }
    }

    private let sources: Sources
    private let log: Log
    private var watches: [String: RunWatch] = [:]
    /// Why the list may be old.
    private(set) var trouble: String?
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isReady = false
    private var isRefreshing = false
    private var ticks = 0
    /// Runs that Redis has keys of but does not list, such as complete ones. Finding them looks at all of its keys.
    private var unlisted: [String] = []

    package init(_ sources: Sources, log: Log) {
        self.sources = sources
        self.log = log
    }

    /// Looks again and again, until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            if !isRefreshing, ticks % 5 == 0 {
                isRefreshing = true
                // Not waited for: a Redis that does not answer must not hold up the ticks. It ends with the refresh.
                Task { await self.refresh() }
            }
            ticks += 1
            for watch in watches.values { await watch.tick() }
            if isReady { release() }
            // Cancellation ends the loop.
            try? await Task.sleep(for: .seconds(1))
        }
        release()
    }

    private func release() {
        let all = waiting
        waiting = []
        for continuation in all { continuation.resume() }
    }

    /// Returns with the next tick, and not before it is known once which runs there are.
    func nextTick() async {
        await withCheckedContinuation { waiting.append($0) }
    }

    func watch(_ run: String) async -> RunWatch? {
        if !isReady { await nextTick() }
        return watches[run]
    }

    /// All runs, by name, each as its latest look has it.
    func list() async -> JSONValue {
        if !isReady { await nextTick() }
        var runs: [JSONValue] = []
        // Of many runs, nobody needs to see each second of each.
        let isWatched = watches.count <= 10
        for (run, watch) in watches.sorted(by: { $0.key < $1.key }) {
            let (look, trouble) = await watch.standing(isWatched: isWatched)
            var members: [String: JSONValue] = ["run": .string(run), "state": .string("unknown")]
            if case .object(let known)? = look?.summary { members = known }
            if let trouble { members["problem"] = .string(trouble) }
            runs.append(.object(members))
        }
        var members: [String: JSONValue] = ["runs": .array(runs)]
        members["trouble"] = trouble.map { .string($0) }
        return .object(members)
    }

    /// Why what is to be shown cannot be read now; nil when it can.
    package func fault() async -> String? {
        guard isReady else { return "starting" }
        return trouble
    }

    // MARK: - Finding runs

    private func refresh() async {
        defer { (isRefreshing, isReady) = (false, true) }
        var places: [String: RunPlace] = [:]
        for path in sources.stores() {
            do {
                let store = try DirectoryStore.open(path: path)
                let schedule: RunSchedule =
                    sources.redis.map { .shared($0) } ?? .atSocket(sources.privateSocket(store.root))
                places[store.plan.run] = .store(store, schedule)
            } catch {
                log.warning("\(path): \(error)")
            }
        }
        do {
            try await addScheduled(&places)
            trouble = nil
        } catch {
            // What was known stays on the list.
            trouble = "\(error)"
            for run in watches.keys where places[run] == nil { places[run] = await watches[run]?.place }
        }
        for run in watches.keys where places[run] == nil { watches[run] = nil }
        for (run, place) in places {
            if let watch = watches[run] {
                if await !watch.place.isSame(as: place) { await watch.move(to: place) }
            } else {
                watches[run] = RunWatch(run: run, place: place)
            }
        }
    }

    private func addScheduled(_ places: inout [String: RunPlace]) async throws {
        guard let redis = sources.redis else { return }
        let registry = RunRegistry(redis: redis)
        let listed = try await registry.runs()
        // Each minute: it takes one look at every key.
        if ticks % 60 <= 5 { unlisted = try await registry.known() }
        for run in Set(listed.keys).union(unlisted) where places[run] == nil {
            var path = sources.overrides[run] ?? listed[run]
            if path == nil { path = try await RunSnapshot.read(redis, run: run)?.store }
            guard let path else { continue }
            places[run] = place(run, path, redis)
        }
    }

    private func place(_ run: String, _ path: String, _ redis: RedisClient) -> RunPlace {
        do {
            let store = try DirectoryStore.open(path: path)
            if store.plan.run == run { return .store(store, .shared(redis)) }
            return .redisAlone(redis, store: path, problem: "another run lies in \(path) on this machine")
        } catch {
            return .redisAlone(redis, store: path, problem: "\(error)")
        }
    }
}

extension RunPlace {
    fileprivate func isSame(as other: RunPlace) -> Bool {
        switch (self, other) {
        case (.store(let one, _), .store(let another, _)):
            one.root == another.root && one.plan.hash == another.plan.hash
        case (.redisAlone(_, let one, let oneProblem), .redisAlone(_, let another, let anotherProblem)):
            one == another && oneProblem == anotherProblem
        default: false
        }
    }
}
