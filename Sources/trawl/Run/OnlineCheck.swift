import HTTP
import TrawlCore
import TrawlQueue
import TrawlSource
import TrawlStore

/// Asks the API how many conversations it counts now, and holds that against what the store has of the same stretch.
///
/// One request for each UTC day, of the smallest page: only its total counts. Asked for are stretches of shards that
/// were fetched, so that both sides mean the same whatever the API's rule of selection is.
struct OnlineCheck {
    struct Day: Sendable {
        let interval: Interval
        /// Distinct conversations that the shards of this stretch returned.
        let stored: Int
        /// What the API counts now.
        let now: Int

        /// What the API has more.
        var missing: Int { now - stored }
    }

    private static let tries = 6
    private static let mostThrottles = 60

    private let store: DirectoryStore
    private let source: GenesysSource
    private let pause: Duration?
    private let console: Console

    /// Throws a usage ``Failure`` for an endpoint that states no total.
    init(
        store: DirectoryStore, settings: APISettings, rate: RequestRate?, http: HTTPClient, console: Console
    ) throws {
        guard store.plan.profile.total != nil else {
            throw Failure.usage(
                "--online compares counts, and the endpoint profile '\(store.plan.profile.name)' states no total")
        }
        self.store = store
        source = try APIAccess.source(plan: store.plan, settings: settings, http: http)
        pause = rate.map { $0.window / ($0.limit - $0.margin) }
        self.console = console
    }

    func run(_ ledger: Ledger) async throws -> [Day] {
        defer { console.clearStatus() }
        var days: [Day] = []
        let stretches = Self.stretches(ledger)
        var next = ContinuousClock.now
        for (number, leaves) in stretches.enumerated() {
            guard let first = leaves.first, let last = leaves.last,
                let interval = Interval(from: first.shard.interval.from, to: last.shard.interval.to)
            else { continue }
            console.status("asking the API: \(number)/\(stretches.count) days")
            if number > 0, let pause {
                try await Task.sleep(until: next + pause, clock: .continuous)
            }
            next = .now
            days.append(
                Day(interval: interval, stored: try store.distinctIDs(of: leaves), now: try await total(interval)))
        }
        return days
    }

    /// Neighbouring shards with parts, together as far as they lie in one UTC day.
    static func stretches(_ ledger: Ledger) -> [[(shard: Shard, outcome: PartOutcome)]] {
        func day(_ instant: Instant) -> Int64 { (instant.milliseconds - instant.millisecondOfDay) }
        var stretches: [[(shard: Shard, outcome: PartOutcome)]] = []
        for leaf in ledger.parts {
            let interval = leaf.shard.interval
            if let before = stretches.last?.last?.shard.interval, before.to == interval.from,
                day(before.from) == day(interval.to + -1)
            {
                stretches[stretches.count - 1].append(leaf)
            } else {
                stretches.append([leaf])
            }
        }
        return stretches
    }

    private func total(_ interval: Interval) async throws -> Int {
        let request = PageRequest(
            interval: interval, number: 1, size: max(1, store.plan.profile.paging.pageSize.minimum))
        let backoff = Backoff(base: .milliseconds(500), cap: .seconds(8))
        var (failures, throttles) = (0, 0)
        while true {
            do throws(FetchFailure) {
                let page = try await source.fetch(request)
                if let total = page.total { return total }
                if page.records.entries.isEmpty { return 0 }
                throw .refused(FailureDetail(message: "the answer states no total"))
            } catch {
                switch error {
                case .denied(let detail): throw Failure(ExitCode.denied, "\(detail)")
                case .throttled(let after, _), .busy(let after, _):
                    throttles += 1
                    guard throttles < Self.mostThrottles else { throw Self.failure(error, interval) }
                    try await Task.sleep(for: after ?? .seconds(5))
                case .transient, .unreachable, .tokenRefused:
                    failures += 1
                    guard failures < Self.tries else { throw Self.failure(error, interval) }
                    try await Task.sleep(for: backoff.delay(after: failures))
                case .tooDeep, .tooLarge, .pageSizeRefused, .cursorRefused, .refused:
                    throw Self.failure(error, interval)
                }
            }
        }
    }

    private static func failure(_ error: FetchFailure, _ interval: Interval) -> Failure {
        Failure(ExitCode.incomplete, "cannot ask for the count from \(interval.from) to \(interval.to): \(error)")
    }
}
