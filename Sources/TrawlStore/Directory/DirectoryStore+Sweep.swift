package import TrawlCore

extension DirectoryStore {
    /// Joins the workers that write parts into this store: none of them is swept away while the lock is held. A worker
    /// that outlives its supervisor still holds it.
    package func join() throws(StoreError) -> DirectoryLock {
        try DirectoryLock(sharing: "\(root)/.workers")
    }

    /// Removes what crashes left behind: parts and indexes that no outcome names and no
    /// attempt can go on from, and temporary files. Returns how many
    /// files went. Removes nothing while a worker has joined: a part being written is named by no outcome either.
    @discardableResult
    package func sweep() throws -> Int {
        guard let alone = try DirectoryLock(alone: "\(root)/.workers") else { return 0 }
        defer { withExtendedLifetime(alone) {} }
        var kept: Set<String> = []
        for name in try Files.names(in: "\(root)/out") ?? [] where name.hasSuffix(".json") {
            guard let shard = ShardID(String(name.dropLast(5))), case .part(let part) = try outcome(of: shard) else {
                continue
            }
            kept.insert(part.part.path)
            kept.insert(part.index.path)
        }
        var removed = 0
        for name in try Files.names(in: "\(root)/\(WalkJournal.folder)") ?? [] {
            // What a shard without an outcome has so far is gone on with.
            if let attempt = WalkJournal.attempt(name), let shard = ShardID(String(attempt.prefix { $0 != "." })),
                try outcome(of: shard) == nil, try !WalkJournal.lines(WalkJournal.path(root, attempt)).isEmpty
            {
                kept.formUnion(Self.files(ofAttempt: attempt).map { "parts/\($0)" })
            } else if try Files.remove("\(root)/\(WalkJournal.folder)/\(name)") {
                removed += 1
            }
        }
        for name in try Files.names(in: "\(root)/parts") ?? [] where !kept.contains("parts/\(name)") {
            if try Files.remove("\(root)/parts/\(name)") { removed += 1 }
        }
        for folder in ["", "/out", "/dead", "/requeue", "/skipped", "/epoch"] {
            for name in try Files.names(in: root + folder) ?? [] where name.hasPrefix(Files.temporaryPrefix) {
                if try Files.remove("\(root)\(folder)/\(name)") { removed += 1 }
            }
        }
        return removed
    }
}
