import Redis
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlView

/// Tells programs, on the ``EventStream``, what happens to a run and how far it is. Does nothing where none is open.
actor EventFeed {
    private static let progressEvery = Duration.seconds(5)

    private let store: DirectoryStore
    private let redis: RedisClient?
    private let every: Duration
    /// The latest event that was told.
    private var last: String
    private var state: String?
    private var toldAt = ContinuousClock.now

    init(
        store: DirectoryStore, redis: RedisClient?, since: String = RunEvent.beginning,
        every: Duration = progressEvery
    ) {
        self.store = store
        self.redis = redis
        self.every = every
        last = since
    }

    /// What has happened since the last report, and then how far the run is: every few seconds, and when its state changes.
    func report(_ view: RunView) async throws {
        guard EventStream.isOpen else { return }
        try await flush()
        guard view.state != state || toldAt.duration(to: .now) >= every else { return }
        state = view.state
        toldAt = .now
        if case .object(let members) = view.summary { EventStream.emit("progress", members) }
    }

    /// What has happened since the last report.
    func flush() async throws {
        guard EventStream.isOpen, let redis else { return }
        while true {
            let begin = last
            let events = try await RunEvent.after(begin, redis, run: store.plan.run)
            // Another caller has told them meanwhile: there may be newer ones.
            if begin != last { continue }
            for event in events {
                let text = EventText(event, store: store)
                EventStream.emit(text.name, text.members)
            }
            guard let newest = events.last else { return }
            last = newest.id
        }
    }
}
