import Redis
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlView

/// What a person may do to a run from the dashboard: the same as `trawl pause`, `resume`, `cancel` and `trawl dead`.
struct RunActions: Sendable {
    enum Action: Hashable, Sendable {
        case pause, resume, cancel
        case retry(ShardID)
        case skip(ShardID, reason: String)

        var name: String {
            switch self {
            case .pause: "pause"
            case .resume: "resume"
            case .cancel: "cancel"
            case .retry: "retry"
            case .skip: "skip"
            }
        }

        var shard: ShardID? {
            switch self {
            case .pause, .resume, .cancel: nil
            case .retry(let shard), .skip(let shard, _): shard
            }
        }
    }

    /// What became of it, in one line. `isDone` is false where the run's or the shard's state does not allow it: then
    /// nothing was changed.
    struct Result: Hashable, Sendable {
        var isDone: Bool
        var text: String
    }

    let store: DirectoryStore
    let redis: RedisClient?
    /// Who acts, as the queue is told.
    let process: String
    /// The run's leaves, as they were seen last.
    let shards: [ShardView]

    func perform(_ action: Action, now: Instant) async throws -> Result {
        switch action {
        case .pause: try await set(.paused, from: [.running, .paused], "paused")
        case .resume: try await set(.running, from: [.running, .paused, .draining, .cancelled], "goes on")
        case .cancel: try await set(.cancelled, from: [.running, .paused, .draining, .cancelled], "cancelled")
        case .retry(let shard): try await retry(shard, now)
        case .skip(let shard, let reason): try skip(shard, reason, now)
        }
    }

    // MARK: - The run

    private func set(_ state: RunState, from origins: [RunState], _ word: String) async throws -> Result {
        guard let (redis, snapshot) = try await standing() else {
            return Result(isDone: false, text: "no schedule of the run stands: nobody works on it")
        }
        let before: RunState
        do {
            before = try await queue(redis, snapshot).setState(state, from: origins)
        } catch QueueError.stale {
            return Result(isDone: false, text: "the schedule is being built anew; try again in a moment")
        }
        guard origins.contains(before) else {
            return Result(isDone: false, text: "the run is \(before.rawValue)")
        }
        return Result(
            isDone: true, text: before == state ? "was \(before.rawValue) already" : "\(word), was \(before.rawValue)")
    }

    // MARK: - Dead shards

    /// In the store first, which is the truth, then in the schedule that stands.
    private func retry(_ id: ShardID, _ now: Instant) async throws -> Result {
        // One that was marked while another worker finished it is done.
        guard try store.deadMarker(of: id) != nil, try store.outcome(of: id) == nil else {
            return Result(isDone: false, text: "the shard is not dead")
        }
        guard let leaf = shards.first(where: { $0.id == id }) else {
            return Result(isDone: false, text: "the run has no such shard now")
        }
        let shard = Shard(leaf.interval, parentHits: leaf.parentHits)
        try store.requeue(id, at: now)
        guard let (redis, snapshot) = try await standing(), snapshot.state != .complete else {
            return Result(isDone: true, text: "given another life: the next 'trawl run' fetches it")
        }
        do {
            try await queue(redis, snapshot).requeue(shard)
        } catch QueueError.stale {
            // The schedule that is being built has it: the store says that it is owed.
        }
        return Result(isDone: true, text: "given another life")
    }

    private func skip(_ id: ShardID, _ reason: String, _ now: Instant) throws -> Result {
        guard try store.deadMarker(of: id) != nil else {
            return Result(isDone: false, text: "the shard is not dead")
        }
        guard try store.skip(id, SkipMarker(reason: reason, at: now)) else {
            return Result(isDone: false, text: "the shard was skipped before, with the reason given then")
        }
        return Result(isDone: true, text: "skipped")
    }

    // MARK: - The schedule

    private func standing() async throws -> (RedisClient, RunSnapshot)? {
        guard let redis, let snapshot = try await RunSnapshot.read(redis, run: store.plan.run),
            snapshot.stands(since: try store.epoch)
        else { return nil }
        return (redis, snapshot)
    }

    private func queue(_ redis: RedisClient, _ snapshot: RunSnapshot) throws -> RedisShardQueue {
        try RedisShardQueue(redis: redis, run: store.plan.run, epoch: snapshot.epoch, worker: process)
    }
}
