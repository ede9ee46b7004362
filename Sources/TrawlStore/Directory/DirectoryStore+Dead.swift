package import TrawlCore

/// Shards that gave up. `dead/<shard>.<n>.json` holds until there is a `requeue/<shard>.<n>.json`.
extension DirectoryStore {
    /// Marks the shard dead, unless it already is.
    package func markDead(_ marker: DeadMarker, shard: ShardID) throws {
        let round = lastDeath(of: shard)
        if round > 0, !isRequeued(shard, round) { return }
        // Refused means that someone else has just marked it.
        _ = try Files.createOnce(deadPath(shard, round + 1), JSONFile.encode(marker))
    }

    /// Why the shard is dead; nil for one that is not, or no longer.
    package func deadMarker(of shard: ShardID) throws(StoreError) -> DeadMarker? {
        let round = lastDeath(of: shard)
        guard round > 0, !isRequeued(shard, round) else { return nil }
        return try JSONFile.read(
            DeadMarker.self, deadPath(shard, round),
            advice: "remove it and run again: the shard is then tried once more")
    }

    /// Gives a dead shard another life. False when it is not dead.
    @discardableResult
    package func requeue(_ shard: ShardID) throws(StoreError) -> Bool {
        let round = lastDeath(of: shard)
        guard round > 0, !isRequeued(shard, round) else { return false }
        return try Files.createOnce(requeuePath(shard, round), Array("{}\n".utf8))
    }

    /// Markers are numbered without gaps, from 1.
    private func lastDeath(of shard: ShardID) -> Int {
        var round = 0
        while Files.exists(deadPath(shard, round + 1)) { round += 1 }
        return round
    }

    private func isRequeued(_ shard: ShardID, _ round: Int) -> Bool { Files.exists(requeuePath(shard, round)) }

    private func deadPath(_ shard: ShardID, _ round: Int) -> String { "\(root)/dead/\(shard).\(round).json" }

    private func requeuePath(_ shard: ShardID, _ round: Int) -> String { "\(root)/requeue/\(shard).\(round).json" }
}
