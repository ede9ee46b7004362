package import Redis
import TrawlStore

/// Where a run's schedule may stand.
package enum RunSchedule: Sendable {
    /// The Redis the dashboard was given.
    case shared(RedisClient)
    /// The private one of a `trawl run`, on this socket while that is at work.
    case atSocket(String)
}

/// Where a run is found.
enum RunPlace: Sendable {
    case store(DirectoryStore, RunSchedule)
    /// Its store is not on this machine, or cannot be read.
    case redisAlone(RedisClient, store: String, problem: String)
}
