package import TrawlCore
package import TrawlQueue

/// Why a run does not use its whole quota.
package enum Shortfall: Hashable, Sendable {
    /// The operator paused it.
    case paused
    /// Nobody is at work.
    case noWorkers
    /// A 429 shut the gate for everybody; so much is left of the wait.
    case throttled(Duration)
    /// All that is open waits for the API's data to be complete.
    case waitingForData(availableTo: String?)
    /// Shards wait for their next try after failures.
    case failing(String?)
    /// Others take the quota's slots.
    case sharedQuota
    /// Fewer shards are left than there are slots to fetch them.
    case fewShards
    /// All slots wait for answers of the API.
    case slowAPI(slots: Int)
    /// All slots are busy with what came: parsing, compressing, writing.
    case busyWorkers(slots: Int)
    /// Work is there, and slots that do not take it.
    case startingUp

    /// A short, stable name, as in metrics and JSON.
    package var cause: String {
        switch self {
        case .paused: "paused"
        case .noWorkers: "no_workers"
        case .throttled: "throttled"
        case .waitingForData: "waiting_for_data"
        case .failing: "failing"
        case .sharedQuota: "shared_quota"
        case .fewShards: "few_shards"
        case .slowAPI: "slow_api"
        case .busyWorkers: "busy_workers"
        case .startingUp: "starting_up"
        }
    }

    /// All there are, for those who list them.
    package static let causes = [
        "paused", "no_workers", "throttled", "waiting_for_data", "failing", "shared_quota", "few_shards", "slow_api",
        "busy_workers", "starting_up",
    ]
}

extension Shortfall {
    /// What decides it.
    package struct Signs: Hashable, Sendable {
        package var state: RunState = .running
        /// Of the workers that are not silent: their slots, and what they do with the shards they hold.
        package var workers = 0
        package var slots = 0
        package var activities: [ShardActivity] = []
        package var pending = 0
        package var leased = 0
        package var delayed = 0
        package var waitingForData = 0
        package var availableTo: String?
        /// Until the gate opens.
        package var gate: Duration = .zero
        /// Of the quota: what this run takes, and what all who share the limiter take; 1 is all of it.
        package var utilisation: Double?
        package var sharedUtilisation: Double?

        package init() {}

        /// `workers` are those that serve the run and are not silent, `activities` what they do with its shards.
        package init(_ schedule: RunSnapshot, workers: [WorkerReport], activities: [ShardActivity]) {
            state = schedule.state
            self.workers = workers.count
            slots = workers.reduce(0) { $0 + $1.slots }
            self.activities = activities
            pending = schedule.pending
            leased = schedule.leased
            delayed = schedule.delayed
            waitingForData = schedule.waiting
            availableTo = schedule.availableTo
        }
    }

    /// Above this share of the quota nothing is missing: what is left is the limiter's margin.
    package static let enough = 0.95

    /// The first cause that fits; nil where the quota is used, and where nothing is open. Where there is no quota, only a
    /// pause and the want of workers are causes.
    package static func cause(_ signs: Signs) -> Shortfall? {
        let open = signs.pending + signs.leased + signs.delayed
        guard open > 0 else { return nil }
        switch signs.state {
        case .paused: return .paused
        case .running: break
        case .draining, .cancelled, .complete, .stale: return nil
        }
        if signs.workers == 0 { return .noWorkers }
        guard let utilisation = signs.utilisation, utilisation < enough else { return nil }
        if signs.gate > .zero { return .throttled(signs.gate) }
        if signs.waitingForData == open { return .waitingForData(availableTo: signs.availableTo) }
        let phases = Dictionary(grouping: signs.activities, by: \.phase).mapValues(\.count)
        let held = signs.activities.count
        let failure = signs.activities.compactMap(\.failure).first
        if held > 0, 2 * phases[.pausing, default: 0] >= held { return .failing(failure) }
        if signs.pending == 0, signs.delayed > signs.leased { return .failing(failure) }
        if 2 * phases[.waiting, default: 0] > held, signs.sharedUtilisation ?? 0 >= enough { return .sharedQuota }
        if signs.pending == 0, signs.leased < signs.slots { return .fewShards }
        if signs.leased < signs.slots { return .startingUp }
        let waits = phases[.requesting, default: 0] + phases[.polling, default: 0]
        if held > 0, 2 * waits >= held { return .slowAPI(slots: signs.slots) }
        if held > 0, 2 * phases[.working, default: 0] >= held { return .busyWorkers(slots: signs.slots) }
        return nil
    }
}
