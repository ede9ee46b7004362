import Glibc
package import TrawlCore

/// Finds what fails verification, and puts just that aside, into `repair/<n>/`: what the outcomes no longer name is owed
/// again. Nothing is deleted.
package struct Repair {
    private let store: DirectoryStore

    package init(store: DirectoryStore) {
        self.store = store
    }

    /// Held while a repair is made: no run, merge or worker is using the store. ``StoreError/foreign(path:reason:)``
    /// when one is.
    package func lock() throws(StoreError) -> [DirectoryLock] {
        let run = try store.lock()
        guard let alone = try DirectoryLock(alone: "\(store.root)/.workers") else {
            throw .foreign(path: store.root, reason: "workers are using this directory; end them first")
        }
        return [run, alone]
    }

    /// What there is to do. `named` shards are fetched again although they verify; each has to have an outcome.
    package func plan(_ report: VerifyReport, named: [ShardID] = []) throws(StoreError) -> RepairPlan {
        var plan = RepairPlan()
        var reasons: [ShardID: [String]] = [:]
        var remedies: [ShardID: VerifyReport.Finding.Remedy] = [:]
        var result: [String] = []
        for finding in report.findings {
            let reason = "\(finding.path): \(finding.what)"
            switch finding.remedy {
            case .person: plan.persons.append(finding)
            case .merge: result.append(reason)
            case .fetch, .retry:
                for shard in finding.shards {
                    reasons[shard, default: []].append(reason)
                    remedies[shard] = finding.remedy
                }
            }
        }
        for shard in named where reasons[shard] == nil {
            reasons[shard] = ["asked for by name"]
            remedies[shard] = .fetch
        }
        let parts = try partFiles()
        for (shard, why) in reasons.sorted(by: { $0.key < $1.key }) {
            let remedy = remedies[shard] ?? .fetch
            let files =
                remedy == .retry
                ? store.deathFiles(of: shard)
                : (parts[shard] ?? []) + ["out/\(shard).json"].filter { Files.exists("\(store.root)/\($0)") }
            let more = why.count > 1 ? " (and \(why.count - 1) more)" : ""
            plan.steps.append(RepairPlan.Step(remedy: remedy, shard: shard, why: why[0] + more, files: files))
        }
        if !result.isEmpty || !reasons.isEmpty && store.hasSuccess {
            let more = result.count > 1 ? " (and \(result.count - 1) more)" : ""
            plan.steps.append(
                RepairPlan.Step(
                    remedy: .merge, shard: nil,
                    why: result.first.map { $0 + more } ?? "the result will be made from other parts",
                    files: store.hasSuccess ? ["_SUCCESS"] : []))
        }
        return plan
    }

    /// Puts the plan's files aside. Returns the folder they lie in now, relative to the root; nil where there was
    /// nothing to move. ``lock()`` must be held since before the report was made.
    package func apply(_ plan: RepairPlan) throws(StoreError) -> String? {
        guard plan.steps.contains(where: { !$0.files.isEmpty }) else { return nil }
        let folder = try newFolder()
        let aside = "\(store.root)/\(folder)"
        _ = try Files.createOnce("\(aside)/why.json", JSONFile.encode(plan))
        for file in plan.steps.flatMap(\.files) {
            if let parent = Files.parent(of: file) { try Files.makeDirectory("\(aside)/\(parent)") }
            try Files.move("\(store.root)/\(file)", to: "\(aside)/\(file)")
        }
        for name in ["", "/parts", "/out", "/dead", "/skipped"] { try Files.syncDirectory(store.root + name) }
        try Files.syncDirectory(aside)
        return folder
    }

    private func newFolder() throws(StoreError) -> String {
        try Files.makeDirectory("\(store.root)/repair")
        let last = try (Files.names(in: "\(store.root)/repair") ?? []).compactMap { Int($0) }.max() ?? 0
        let folder = "repair/\(last + 1)"
        try Files.makeDirectory("\(store.root)/\(folder)")
        return folder
    }

    /// Parts and indexes by the shard they are of.
    private func partFiles() throws(StoreError) -> [ShardID: [String]] {
        var files: [ShardID: [String]] = [:]
        for name in try Files.names(in: "\(store.root)/parts") ?? [] {
            // A shard's name may have dots, for its milliseconds; its last letter is its second Z.
            let ends = name.indices.filter { name[$0] == "Z" }.prefix(2)
            guard ends.count == 2, let shard = ShardID(String(name[...ends[1]])) else { continue }
            files[shard, default: []].append("parts/\(name)")
        }
        return files
    }
}
