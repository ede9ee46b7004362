import Glibc
import Redis
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlView

/// `trawl status --watch`: looks at a run again and again until it ends, or the operator leaves.
struct StatusWatch {
    enum End {
        case ended(RunView)
        case left
        case signalled(Int32)
    }

    let store: DirectoryStore
    let arguments: Arguments
    let console: Console
    /// Between two looks; nil for what suits the place.
    let every: Duration?

    private static let lookEvery = Duration.seconds(1)
    private static let lineEvery = Duration.seconds(30)
    private static let eventEvery = Duration.seconds(5)
    /// Of the time, this share at most goes into looking.
    private static let share = 20
    /// How often keys and signals are looked for.
    private static let slice = Duration.milliseconds(50)
    /// A run without a schedule for so long is not worked on. A private Redis that was lost is back earlier.
    private static let absence = Duration.seconds(5)

    func run() async throws -> End {
        let signal = SignalFlag()
        let signals = SignalWatch.signals()
        let listener = Task {
            for await number in signals { _ = signal.raise(number) }
        }
        defer { listener.cancel() }
        let keys = console.isTerminal ? Keyboard() : nil
        defer {
            keys?.close()
            console.clearStatus()
        }
        let sight = try await RunSight(arguments, store: store, every: every ?? Self.eventEvery)
        defer { sight.close() }
        var lastLine: ContinuousClock.Instant?
        var absentSince: ContinuousClock.Instant?
        while true {
            let began = ContinuousClock.now
            let (view, note) = try await sight.look()
            let isLine = lastLine.map { $0.duration(to: .now) >= every ?? Self.lineEvery } ?? true
            show(view, note, keys: keys != nil)
            if !console.isTerminal, !console.isQuiet, !EventStream.isOpen, isLine {
                lastLine = .now
                Console.result(ScreenText.sparse(view, note: note))
            }
            absentSince = view.schedule == nil && note == nil ? absentSince ?? .now : nil
            if isOver(view) || absentSince.map({ $0.duration(to: .now) >= Self.absence }) ?? false {
                return .ended(view)
            }
            let cost = began.duration(to: .now)
            let next = ContinuousClock.now + max(every ?? Self.lookEvery, cost * Self.share)
            var size = Console.size
            repeat {
                if let number = signal.raised { return .signalled(number) }
                if let key = keys?.pressed(), key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") { return .left }
                if Console.size != size {
                    size = Console.size
                    show(view, note, keys: keys != nil)
                }
                try await Task.sleep(for: Self.slice)
            } while ContinuousClock.now < next
        }
    }

    private func show(_ view: RunView, _ note: String?, keys: Bool) {
        let screen = RunScreen(view: view, note: note, style: console.style, events: 8)
        console.show { columns, rows in
            let hint = StyledLine("\(keys ? "q or Ctrl-C" : "Ctrl-C") leaves; the run goes on", .faint)
            // The hint is the first to go.
            return screen.lines(width: columns, height: rows - (rows > 10 ? 1 : 0))
                + (rows > 10 ? [hint.text(width: columns, console.style)] : [])
        }
    }

    /// Whether nothing more happens to it unless somebody does something.
    private func isOver(_ view: RunView) -> Bool {
        switch view.state {
        case "complete", "fetched", "halted", "cancelled": true
        case "dead": view.schedule?.open ?? 0 == 0
        default: false
        }
    }
}

/// A run as it is seen from outside: through the Redis that is named, or through the private one of a `trawl run`, which
/// comes and goes with it.
actor RunSight {
    private let store: DirectoryStore
    private let every: Duration
    private let named: RedisClient?
    private let bare: RunObserver
    private var current: (redis: RedisClient, observer: RunObserver, feed: EventFeed)?

    /// Throws where the Redis that is named cannot be used.
    init(_ arguments: Arguments, store: DirectoryStore, every: Duration) async throws {
        self.store = store
        self.every = every
        bare = RunObserver(store: store, redis: nil)
        named =
            if let url = try RedisArguments.url(arguments) {
                try await RedisArguments.connect(url, name: "trawl-status")
            } else { nil }
    }

    /// The run now, and what keeps it from being seen whole.
    func look() async throws -> (RunView, note: String?) {
        do {
            if let view = try await scheduled() { return (view, nil) }
        } catch let error as RedisError {
            close(current?.redis)
            if named != nil { return (try await bare.look(), "Redis does not answer: \(error)") }
        }
        return (try await bare.look(), nil)
    }

    private func scheduled() async throws -> RunView? {
        if current == nil {
            guard let redis = try named ?? privateRedis() else { return nil }
            // Where it stood when the watch began.
            let since = try await RunEvent.latest(redis, run: store.plan.run, count: 1).first?.id
            current = (
                redis, RunObserver(store: store, redis: redis),
                EventFeed(store: store, redis: redis, since: since ?? RunEvent.beginning, every: every)
            )
        }
        guard let current else { return nil }
        let view = try await current.observer.look()
        try await current.feed.report(view)
        return view
    }

    private func privateRedis() throws -> RedisClient? {
        StandingRedis.privateURL(store).map { RedisClient(url: $0, options: RedisOptions(clientName: "trawl-status")) }
    }

    private func close(_ redis: RedisClient?) {
        // The named one connects again by itself.
        if named == nil { redis?.close() }
        current = nil
    }

    nonisolated func close() {
        // Detached from whoever leaves: nothing waits for a connection to end.
        Task { await self.end() }
    }

    private func end() {
        current?.redis.close()
        named?.close()
    }
}
