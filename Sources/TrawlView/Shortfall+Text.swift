import TrawlCore

extension Shortfall {
    /// One clause for people: why the quota is not used, and what would help.
    package var text: String {
        switch self {
        case .paused: "the run is paused"
        case .noWorkers: "no worker is at work"
        case .throttled(let wait): "the API answered 429; nobody sends for \(Self.seconds(wait))"
        case .waitingForData(let availableTo):
            "waiting for data: the API's is complete up to \(availableTo ?? "an earlier instant")"
        case .failing(let failure):
            "requests fail, and are tried again after a pause" + (failure.map { ": \($0)" } ?? "")
        case .sharedQuota: "other runs take slots of the same quota"
        case .fewShards: "fewer shards are left than there are slots"
        case .slowAPI(let slots): "all \(slots) slots wait for the API; more --workers or --slots would use the quota"
        case .busyWorkers(let slots): "all \(slots) slots are busy with the pages that came; more --workers would help"
        case .startingUp: "workers are starting up"
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let seconds = duration.seconds
        return seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    }
}
