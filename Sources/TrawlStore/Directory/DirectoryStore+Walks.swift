package import TrawlCore

/// What attempts that ended without an outcome leave to the next one.
extension DirectoryStore {
    package func recordedWalk(of shard: ShardID) throws -> RecordedWalk? {
        var best: RecordedWalk?
        for attempt in try WalkJournal.attempts(root, of: shard) {
            guard let walk = try Leftover(root: root, attempt: attempt)?.walk else { continue }
            if walk.pages.count > best?.pages.count ?? 0 { best = walk }
        }
        return best
    }

    /// The shard has the outcome of the attempt `name`: nobody goes on from others, nor from this one. What cannot be
    /// removed now is swept later.
    func forgetWalks(of shard: ShardID, but name: String) {
        for attempt in (try? WalkJournal.attempts(root, of: shard)) ?? [] {
            _ = try? Files.remove(WalkJournal.path(root, attempt))
            guard attempt != name else { continue }
            for file in Self.files(ofAttempt: attempt) { _ = try? Files.remove("\(root)/parts/\(file)") }
        }
    }

    /// What part and index of an attempt are called.
    static func files(ofAttempt attempt: String) -> [String] {
        Compression.allCases.map { "\(attempt).\($0.suffix)" } + ["\(attempt).index"]
    }

    static func attempt(_ shard: ShardID, _ token: LeaseToken) -> String { "\(shard).\(token.fileName)" }
}
