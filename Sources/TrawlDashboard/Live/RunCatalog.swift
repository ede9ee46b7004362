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
    /// The list as all who listen get it, made once per tick.
    private var frame: Task<[UInt8], Never>?
    /// Runs that Redis has keys of but does not list, such as complete ones. Finding them looks at all of its keys.
    private var unlisted: [String] = []
    private let shelf = StoreShelf()
    private let search = SlowCall<[String]>()
    /// Where stores lay when that was last to be seen.
    private var found: [String] = []
    /// Why some of them could not be opened, as it was logged.
    private var faults: [String: StoreShelf.Fault] = [:]

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
            frame = nil
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

    /// The next list, as an event: the same bytes for all who listen.
    func nextFrame() async -> [UInt8] {
        await nextTick()
        let frame = frame ?? Task { EventFrame(event: "runs", data: await list().canonical).bytes }
        self.frame = frame
        return await frame.value
    }

    /// Why what is to be shown cannot be read now; nil when it can. Tells nothing that only those who were let in may know.
    package func fault() async -> String? {
        guard isReady else { return "starting" }
        return trouble == nil ? nil : "Redis does not answer"
    }

    // MARK: - Finding runs

    func refresh() async {
        defer { (isRefreshing, isReady) = (false, true) }
        var places = await stored()
        do {
            try await addScheduled(&places)
            trouble = nil
        } catch {
            // What was known stays on the list.
            if trouble != "\(error)" { log.warning("Redis cannot be read: \(error)") }
            trouble = "\(error)"
            for run in watches.keys where places[run] == nil { places[run] = await watches[run]?.place }
        }
        await shelf.keep(Set(places.values.compactMap(\.root)))
        for (run, watch) in watches where places[run] == nil {
            watches[run] = nil
            await watch.close()
        }
        for (run, place) in places {
            if let watch = watches[run] {
                if await !watch.place.isSame(as: place) { await watch.move(to: place) }
            } else {
                watches[run] = RunWatch(run: run, place: place)
            }
        }
    }

    /// The runs in the directories that were named.
    private func stored() async -> [String: RunPlace] {
        if let now = await search.value(sources.stores) { found = now }
        var places: [String: RunPlace] = [:]
        let stores = await shelf.open(found)
        // In order, so that of two copies of a run always the same one is shown.
        for path in found {
            guard let store = stores[path] else { continue }
            do {
                let store = try store.get()
                let schedule: RunSchedule =
                    sources.redis.map { .shared($0) } ?? .atSocket(sources.privateSocket(store.root))
                places[store.plan.run] = .store(store, schedule)
                faults[path] = nil
            } catch {
                if faults.updateValue(error, forKey: path) != error { log.warning("\(path): \(error)") }
                // A run that is known already stays where it was found.
                for (run, watch) in watches {
                    let place = await watch.place
                    if place.root == path, places[run] == nil { places[run] = place }
                }
            }
        }
        faults = faults.filter { stores[$0.key] != nil }
        return places
    }

    private func addScheduled(_ places: inout [String: RunPlace]) async throws {
        guard let redis = sources.redis else { return }
        let registry = RunRegistry(redis: redis)
        let listed = try await registry.runs()
        // Each minute: it takes one look at every key.
        if ticks % 60 <= 5 { unlisted = try await registry.known() }
        var paths: [String: String] = [:]
        for run in Set(listed.keys).union(unlisted) where places[run] == nil {
            paths[run] = sources.overrides[run] ?? listed[run]
            if paths[run] == nil { paths[run] = try await RunSnapshot.read(redis, run: run)?.store }
        }
        let stores = await shelf.open(Array(paths.values))
        for (run, path) in paths {
            places[run] =
                switch stores[path] ?? .failure(.silent) {
                case .success(let store) where store.plan.run == run: .store(store, .shared(redis))
                case .success:
                    .redisAlone(redis, store: path, problem: "another run lies in \(path) on this machine")
                case .failure(let fault): .redisAlone(redis, store: path, problem: fault.description)
                }
        }
    }
}

extension RunPlace {
    /// Nil where the store cannot be read.
    fileprivate var root: String? {
        if case .store(let store, _) = self { store.root } else { nil }
    }

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
