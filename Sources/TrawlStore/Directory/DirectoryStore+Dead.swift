package import TrawlCore

/// Shards that gave up. `dead/<shard>.<n>.json` holds until there is a `requeue/<shard>.<n>.json`; until then,
/// `skipped/<shard>.<n>.json` says that the run goes without the shard.
extension DirectoryStore {
    private var deathAdvice: String {
        "'trawl repair \(root) --apply' puts it aside: the shard is then tried once more"
    }

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
        return try JSONFile.read(DeadMarker.self, deadPath(shard, round), advice: deathAdvice)
    }

    /// Why the run goes without the shard; nil where the shard is not dead, or nobody has decided so.
    package func skipMarker(of shard: ShardID) throws(StoreError) -> SkipMarker? {
        let round = lastDeath(of: shard)
        guard round > 0, !isRequeued(shard, round) else { return nil }
        return try JSONFile.read(SkipMarker.self, skipPath(shard, round), advice: deathAdvice)
    }

    /// All the times the shard gave up, the first one first. Empty for one that never did.
    package func deaths(of shard: ShardID) throws(StoreError) -> [Death] {
        var deaths: [Death] = []
        for round in 1..<(lastDeath(of: shard) + 1) {
            let path = deadPath(shard, round)
            guard let marker = try JSONFile.read(DeadMarker.self, path, advice: deathAdvice) else { continue }
            deaths.append(
                Death(
                    round: round, marker: marker,
                    skip: try JSONFile.read(SkipMarker.self, skipPath(shard, round), advice: deathAdvice),
                    requeue: isRequeued(shard, round) ? requeueMarker(shard, round) : nil))
        }
        return deaths
    }

    /// That it is there is what counts: one made by hand may hold anything.
    private func requeueMarker(_ shard: ShardID, _ round: Int) -> RequeueMarker {
        let read = try? JSONFile.read(RequeueMarker.self, requeuePath(shard, round), advice: deathAdvice)
        return read ?? RequeueMarker()
    }

    /// Whether the shard ever gave up, as far as the store knows.
    package func hasDied(_ shard: ShardID) -> Bool { lastDeath(of: shard) > 0 }

    /// Gives a dead shard another life, skipped or not. False when it is not dead.
    @discardableResult
    package func requeue(_ shard: ShardID, at instant: Instant? = nil) throws(StoreError) -> Bool {
        let round = lastDeath(of: shard)
        guard round > 0, !isRequeued(shard, round) else { return false }
        return try Files.createOnce(requeuePath(shard, round), JSONFile.encode(RequeueMarker(at: instant)))
    }

    /// Decides that the run goes without a dead shard, until it is given another life. False when it is not dead, or
    /// that was decided before: the first reason stays.
    @discardableResult
    package func skip(_ shard: ShardID, _ marker: SkipMarker) throws(StoreError) -> Bool {
        let round = lastDeath(of: shard)
        guard round > 0, !isRequeued(shard, round) else { return false }
        return try Files.createOnce(skipPath(shard, round), JSONFile.encode(marker))
    }

    /// The records of the death that holds now, relative to the root: what has to go for the shard to be owed.
    func deathFiles(of shard: ShardID) -> [String] {
        let round = lastDeath(of: shard)
        return ["skipped/\(shard).\(round).json", "dead/\(shard).\(round).json"]
            .filter { Files.exists("\(root)/\($0)") }
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

    private func skipPath(_ shard: ShardID, _ round: Int) -> String { "\(root)/skipped/\(shard).\(round).json" }
}
