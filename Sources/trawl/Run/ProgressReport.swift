import Guarded
import Redis
import TrawlCore
import TrawlStore
import TrawlView

/// Shows how a run moves: a screen redrawn in place on a terminal, a sparse line elsewhere, and events for programs.
///
/// It looks at the run itself, beside those who work on it, and nothing waits for it. What it cannot see it leaves out.
actor ProgressReport {
    /// What is asked of it from outside, and whether it may still show anything.
    private struct Orders {
        var note: String?
        var isOver = false
    }

    private static let lookEvery = Duration.seconds(1)
    /// Of the time, this share at most goes into looking.
    private static let share = 20
    private static let lineEvery = Duration.seconds(30)
    /// Below the log lines, which belong to the run as well.
    private static let workers = 8

    private let console: Console
    private let observer: RunObserver
    private let orders = Guarded(Orders())
    private var feed: EventFeed
    private var lastLine = ContinuousClock.now

    /// `since` is the id of the event after which this run began.
    init(console: Console, store: DirectoryStore, redis: RedisClient, since: String) {
        self.console = console
        observer = RunObserver(store: store, redis: redis)
        feed = EventFeed(store: store, redis: redis, since: since)
    }

    /// Something urgent to be shown, such as an API that does not answer.
    nonisolated func note(_ text: String?) { orders.with { $0.note = text } }

    /// Looks and shows until it is cancelled.
    func run() async {
        guard !console.isQuiet || EventStream.isOpen else { return }
        while !Task.isCancelled {
            let began = ContinuousClock.now
            await look()
            let cost = began.duration(to: .now)
            // A cancelled sleep ends the loop at its condition.
            try? await Task.sleep(for: max(Self.lookEvery, cost * Self.share))
        }
    }

    private func look() async {
        let view: RunView
        do {
            view = try await observer.look()
            try await feed.report(view)
        } catch {
            return  // Redis is away, or a file is: whoever works with them says so, and the next look comes soon
        }
        orders.with { orders in
            guard !orders.isOver else { return }
            if console.isTerminal {
                let screen = RunScreen(
                    view: view, note: orders.note, style: console.style, workers: Self.workers, events: 3)
                console.show { columns, rows in screen.lines(width: columns, height: min(rows, max(8, rows * 2 / 3))) }
            } else if lastLine.duration(to: .now) >= Self.lineEvery {
                lastLine = .now
                console.note(ScreenText.sparse(view, note: orders.note))
            }
        }
    }

    /// Shows nothing from now on, takes the screen away, and tells programs what else has happened.
    func finish() async {
        orders.with { orders in
            orders.isOver = true
            console.clearStatus()
        }
        // What cannot be read any more has not been missed by the result.
        try? await feed.flush()
    }
}
