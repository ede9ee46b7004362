import Redis
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlView

/// Watches one run for everybody: one look a second while somebody listens, one in five otherwise, so that the charts have
/// a past to show.
actor RunWatch {
    enum News: Sendable {
        case look(RunLook)
        /// Why there is no new look.
        case trouble(String)
        case nothing
        /// There will be no more.
        case end
    }

    nonisolated let run: String
    private(set) var place: RunPlace
    private(set) var latest: RunLook?
    private(set) var trouble: String?
    private(set) var history = History()
    private var observer: RunObserver?
    /// A client of a private Redis; closed when that is gone.
    private var own: RedisClient?
    private var waiting: [CheckedContinuation<News, Never>] = []
    private var askedAt: ContinuousClock.Instant?
    private var isLooking = false
    /// Rises when the place changes: a look that began before is then of no use.
    private var moves = 0
    private var isClosed = false
    private var lookedAt: ContinuousClock.Instant?
    private var cost = Duration.zero

    init(run: String, place: RunPlace) {
        self.run = run
        self.place = place
    }

    deinit { own?.close() }

    /// The run is found elsewhere now.
    func move(to place: RunPlace) {
        self.place = place
        leave()
    }

    /// The run is found nowhere any more: whoever waits is told so, and nobody waits again.
    func close() {
        isClosed = true
        leave()
        let gone = "the run is no longer known here"
        trouble = gone
        tell(.trouble(gone))
    }

    /// Nothing of the place before is kept.
    private func leave() {
        moves += 1
        (observer, lookedAt, isLooking) = (nil, nil, false)
        own?.close()
        own = nil
    }

    // MARK: - Listening

    /// What is new since the look with this number: at once where there is something, else with the next tick.
    func news(since number: Int) async -> News {
        if isClosed { return .end }
        askedAt = .now
        if let latest, latest.number > number { return .look(latest) }
        return await withCheckedContinuation { waiting.append($0) }
    }

    /// The latest look; the first one is waited for. Nil where there is none because of ``trouble``.
    func look() async -> RunLook? {
        askedAt = .now
        while latest == nil, trouble == nil {
            _ = await withCheckedContinuation { waiting.append($0) }
        }
        return latest
    }

    /// What is known now, without waiting. Looks come every second where this is watched.
    func standing(isWatched: Bool) -> (look: RunLook?, trouble: String?) {
        if isWatched { askedAt = .now }
        return (latest, trouble)
    }

    /// Looks where it is time to, and tells those who wait. Called every second.
    func tick(now: ContinuousClock.Instant = .now) {
        if !isClosed, !isLooking, isDue(now) {
            isLooking = true
            // Not waited for: one slow store must not hold up the others. It ends with the look.
            Task(executorPreference: OwnThreads.shared) { await self.lookNow() }
        }
        tell(trouble.map { .trouble($0) } ?? .nothing)
    }

    private func isDue(_ now: ContinuousClock.Instant) -> Bool {
        guard let lookedAt else { return true }
        let since = now - lookedAt
        if let askedAt, now - askedAt < .seconds(4) {
            // Ticks are a second apart, give or take. Looks at a very large run may cost seconds: most of the time is left to others.
            return since >= max(.milliseconds(900), cost * 3)
        }
        return since >= max(latest?.isOver == true ? .seconds(60) : .seconds(5), cost * 10)
    }

    private func tell(_ news: News) {
        let all = waiting
        waiting = []
        for continuation in all { continuation.resume(returning: news) }
    }

    // MARK: - Looking

    private func lookNow() async {
        let (begin, move) = (ContinuousClock.now, moves)
        do {
            let number = (latest?.number ?? 0) + 1
            let look = try await look(number)
            guard move == moves else { return }
            latest = look
            trouble = nil
            if let view = look.view, let point = History.Point(view) { history.add(point) }
            tell(.look(look))
        } catch {
            guard move == moves else { return }
            trouble = "\(error)"
        }
        let end = ContinuousClock.now
        (lookedAt, cost, isLooking) = (end, end - begin, false)
    }

    private func look(_ number: Int) async throws -> RunLook {
        switch place {
        case .store(let store, let schedule):
            let view = try await view(store, schedule)
            let before = latest
            let revision = before.map { $0.shards == view.shards ? $0.revision : $0.revision + 1 } ?? 1
            return RunLook(view, number: number, revision: revision)
        case .redisAlone(let redis, let store, let problem):
            return RunLook(
                run: run, store: store, problem: problem, snapshot: try await RunSnapshot.read(redis, run: run),
                number: number)
        }
    }

    private func view(_ store: DirectoryStore, _ schedule: RunSchedule) async throws -> RunView {
        switch schedule {
        case .shared(let redis):
            let observer = observer ?? RunObserver(store: store, redis: redis)
            self.observer = observer
            return try await observer.look()
        case .atSocket(let socket):
            let move = moves
            if own == nil, let client = await PrivateSocket.connect(socket) {
                guard move == moves else {
                    client.close()
                    throw CancellationError()
                }
                own = client
                observer = RunObserver(store: store, redis: client)
            }
            let observer = observer ?? RunObserver(store: store, redis: nil)
            self.observer = observer
            do {
                return try await observer.look()
            } catch is RedisError where own != nil && move == moves {
                // The `trawl run` is over, and its Redis with it: what it left is in the store.
                own?.close()
                own = nil
                let alone = RunObserver(store: store, redis: nil)
                self.observer = alone
                return try await alone.look()
            }
        }
    }

    // MARK: - Acting

    /// Nil where it cannot be read.
    var store: DirectoryStore? {
        if case .store(let store, _) = place { store } else { nil }
    }

    /// The Redis that may hold the run's schedule now.
    var redis: RedisClient? {
        switch place {
        case .store(_, .shared(let redis)), .redisAlone(let redis, _, _): redis
        case .store(_, .atSocket): own
        }
    }
}
