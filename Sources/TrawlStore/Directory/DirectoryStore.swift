import Glibc
package import TrawlCore

/// A run's store in a directory, on a local disk or over NFS.
///
/// Every file but the merged result is created once and never changed, so any number of processes may use the store
/// at the same time. Files are readable by their owner alone.
package struct DirectoryStore: Sendable {
    package let root: String
    package let plan: Plan
    /// How new parts are kept.
    package var compression: Compression
    /// Called for each shard whose outcome is looked for while a ledger is made: with a large store on a slow file system
    /// that takes minutes, in which it is a sign of life.
    package var noteReading: @Sendable () -> Void = {}

    private static let folders = ["parts", "out", "dead", "requeue", "skipped", "epoch", WalkJournal.folder]

    /// Opens the store that lies at `path`. ``StoreError/foreign(path:reason:)`` where there is none.
    package static func open(path: String, compression: Compression = .zstd) throws(StoreError) -> DirectoryStore {
        guard let plan = try readPlan(path) else {
            throw .foreign(path: path, reason: Files.exists(path) ? "no trawl run lies here" : "no such directory")
        }
        return try DirectoryStore(ready: path, plan: plan, compression: compression)
    }

    /// Opens the store at `path`, creating it first where there is nothing yet.
    ///
    /// The store's plan is the one that was there first: it has the given plan's hash, but may have another run name.
    /// Throws ``StoreError/foreign(path:reason:)``, with nothing created, for a directory of another plan and for one
    /// with other content.
    package static func create(
        path: String, plan: Plan, compression: Compression = .zstd
    ) throws(StoreError) -> DirectoryStore {
        if try readPlan(path) == nil {
            let others = try (Files.names(in: path) ?? []).filter { !isHarmless($0) }
            guard others.isEmpty else {
                throw .foreign(
                    path: path, reason: "the directory is not empty and holds no trawl run (it has \(others[0]))")
            }
            try Files.makeDirectory(path, withParents: true)
            _ = try Files.createOnce("\(path)/plan.json", JSONFile.encode(plan))
        }
        guard let standing = try readPlan(path) else {
            throw .io(operation: "read", path: "\(path)/plan.json", reason: "it was removed")
        }
        guard standing.hash == plan.hash else {
            let differences = plan.request.differences(from: standing.request).map {
                "\($0.option) is \(brief($0.theirs)) there and \(brief($0.mine)) here"
            }
            throw .foreign(
                path: path, reason: "the directory holds another run: \(differences.joined(separator: ", "))")
        }
        return try DirectoryStore(ready: path, plan: standing, compression: compression)
    }

    /// Makes the directories that a crash between plan and directories may have left out.
    private init(ready path: String, plan: Plan, compression: Compression) throws(StoreError) {
        root = path
        self.plan = plan
        self.compression = compression
        for folder in Self.folders { try Files.makeDirectory("\(path)/\(folder)") }
    }

    /// The run has ended 0: merged, verified, complete.
    package var hasSuccess: Bool { Files.exists("\(root)/_SUCCESS") }

    /// Claims the directory for one `run`. ``StoreError/foreign(path:reason:)`` when another has it.
    package func lock() throws(StoreError) -> DirectoryLock {
        try DirectoryLock("\(root)/.lock", holder: "trawl run", directory: root)
    }

    /// What the store says of the run now.
    package func ledger() throws -> Ledger {
        try Ledger(
            plan: plan,
            outcome: {
                noteReading()
                return try outcome(of: $0)
            }, dead: { try deadMarker(of: $0) },
            skip: { try skipMarker(of: $0) })
    }

    private static func readPlan(_ path: String) throws(StoreError) -> Plan? {
        guard !Files.exists(path) || Files.isDirectory(path) else {
            throw .foreign(path: path, reason: "it is not a directory")
        }
        let file = "\(path)/plan.json"
        let advice = "restore it from a backup, or start again in another directory"
        guard let plan = try JSONFile.read(Plan.self, file, advice: advice) else { return nil }
        guard plan.schema == Plan.currentSchema else {
            throw .foreign(
                path: path, reason: "its plan has schema \(plan.schema); this trawl reads \(Plan.currentSchema)")
        }
        guard planHash(of: plan.request) == plan.hash else {
            throw .damaged(path: file, reason: "its content does not match its hash; \(advice)")
        }
        return plan
    }

    /// What may lie in a directory that still counts as empty.
    private static func isHarmless(_ name: String) -> Bool {
        name.hasPrefix(Files.temporaryPrefix) || name == ".lock" || name == "lost+found"
    }

    /// Endpoint profiles and filters are long; their beginning tells which they are.
    private static func brief(_ value: String) -> String {
        value.utf8.count <= 60 ? value : value.prefix(57) + "..."
    }
}

extension DirectoryStore: ShardStore {
    package func outcome(of shard: ShardID) throws -> Outcome? {
        try JSONFile.read(
            Outcome.self, "\(root)/out/\(shard).json",
            advice: "'trawl repair \(root) --apply' has the next run fetch it again")
    }

    package func commit(_ outcome: Outcome, for shard: ShardID) throws -> Outcome {
        if try Files.createOnce("\(root)/out/\(shard).json", JSONFile.encode(outcome)) {
            forgetWalks(of: shard, but: Self.attempt(shard, outcome.token))
            return outcome
        }
        guard let standing = try self.outcome(of: shard) else {
            throw StoreError.io(operation: "read", path: "\(root)/out/\(shard).json", reason: "it was removed")
        }
        return standing
    }

    package func beginPart(
        of shard: ShardID, token: LeaseToken, continuing walk: RecordedWalk? = nil
    ) throws -> any PartWriter {
        precondition(!token.fileName.utf8.contains { $0 == 0x2F || $0 == 0 }, "a lease token is no path")
        var leftover: Leftover?
        if let walk {
            leftover = try Leftover(root: root, attempt: walk.attempt)
            // Nobody changes what is recorded; it can only be removed.
            guard leftover?.walk.pages.count ?? 0 >= walk.pages.count else {
                throw StoreError.damaged(path: "\(root)/parts/\(walk.attempt)", reason: "it is no longer what it was")
            }
        }
        return try DirectoryPartWriter(
            root: root, name: Self.attempt(shard, token), compression: compression,
            continuing: leftover?.cut(to: walk?.pages.count ?? 0))
    }
}
