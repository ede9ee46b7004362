import TrawlCore

/// Checks a store against itself: every file against its digest, every count against its proof, the shards against the
/// run's interval. It changes nothing.
package struct Verify {
    private let store: DirectoryStore
    private var report = VerifyReport()

    package init(store: DirectoryStore) {
        self.store = store
    }

    /// Damage never throws: it is reported.
    package mutating func run() -> VerifyReport {
        report = VerifyReport()
        do {
            let ledger = try store.ledger()
            checkShards(ledger)
            checkResult(of: ledger)
        } catch {
            note(error, advice: "see above")
            checkResult(of: nil)
        }
        return report
    }

    // MARK: - Shards

    private mutating func checkShards(_ ledger: Ledger) {
        for fault in ledger.tilingFaults(of: store.plan.interval) {
            find("out", fault, "this run cannot be trusted; start it again in another directory")
        }
        for (shard, outcome) in ledger.parts { checkPart(shard.id, outcome) }
        if !ledger.owed.isEmpty { report.notes.append("\(ledger.owed.count) shards are not fetched yet") }
        if !ledger.dead.isEmpty { report.notes.append("\(ledger.dead.count) shards gave up") }
        if !ledger.unproven.isEmpty { report.notes.append("\(ledger.unproven.count) shards are unproven") }
    }

    private mutating func checkPart(_ shard: ShardID, _ outcome: PartOutcome) {
        let advice = "remove out/\(shard).json and run again: the shard is then fetched once more"
        do {
            let counts = try count(outcome)
            report.files += 2
            report.bytes += outcome.part.bytes + outcome.index.bytes
            report.lines += outcome.lines
            let proof = outcome.proof
            for (name, found, stated) in [
                ("records", counts.records, proof.records), ("distinct records", counts.distinct.count, proof.distinct),
                ("rejected records", counts.rejected.count, proof.rejected),
            ] where found != stated {
                find(outcome.index.path, "the last walk has \(found) \(name); its proof says \(stated)", advice)
            }
        } catch {
            note(error, advice: advice)
        }
    }

    private struct WalkCounts {
        var records = 0
        var distinct: Set<Digest128> = []
        var rejected: Set<Digest128> = []
    }

    /// Reads part and index to their ends.
    private func count(_ outcome: PartOutcome) throws(StoreError) -> WalkCounts {
        let reader = try PartReader(root: store.root, outcome: outcome)
        var counts = WalkCounts()
        while try reader.next() {
            guard reader.index.block.walk == outcome.proof.walks else { continue }
            for position in 0..<reader.index.block.entries {
                let entry = reader.index.entry(position)
                counts.records += 1
                counts.distinct.insert(entry.id)
                if entry.rejection != nil { counts.rejected.insert(entry.id) }
            }
        }
        return counts
    }

    // MARK: - Result

    /// Nil where the shards cannot be told.
    private mutating func checkResult(of ledger: Ledger?) {
        let path = "\(store.root)/manifest.json"
        let advice = "merge again"
        let manifest: Manifest
        let bytes: [UInt8]
        do {
            guard let text = try Files.read(path), let value = try JSONFile.read(Manifest.self, path, advice: advice)
            else {
                report.notes.append("the run is not merged")
                if store.hasSuccess { find("_SUCCESS", "it is there, but manifest.json is not", advice) }
                return
            }
            (bytes, manifest) = (text, value)
        } catch {
            note(error, advice: advice)
            return
        }
        if manifest.planHash != store.plan.hash { find("manifest.json", "it belongs to another plan", advice) }
        checkSuccess(manifest, digest: SHA256.hex(of: bytes))
        if let ledger, !manifest.isMade(from: ledger) {
            report.notes.append("the result was merged from other parts than the run has now; merge again")
        }
        var records = 0
        for part in manifest.parts {
            guard let lines = checkFile(part.file, advice: advice, counting: true) else { continue }
            records += lines
            if lines != part.records { find(part.path, "it has \(lines) records instead of \(part.records)", advice) }
        }
        report.records = records
        for file in manifest.sideFiles { _ = checkFile(file, advice: advice, counting: false) }
        let totals = manifest.totals
        let accounted =
            totals.records + totals.duplicates.all + totals.outside + totals.rejected + totals.rejectedAgain
        if accounted != totals.lines {
            find("manifest.json", "it accounts for \(accounted) of \(totals.lines) lines", advice)
        }
        if totals.records != manifest.parts.reduce(0, { $0 + $1.records }) {
            find("manifest.json", "its parts do not add up to \(totals.records) records", advice)
        }
    }

    private mutating func checkSuccess(_ manifest: Manifest, digest: String) {
        do {
            guard let success = try Files.read("\(store.root)/_SUCCESS") else {
                let why =
                    manifest.verdict == .complete
                    ? "the merge did not end" : "the result is labelled \(manifest.verdict)"
                report.notes.append("there is no _SUCCESS: \(why)")
                return
            }
            if manifest.verdict != .complete {
                find("_SUCCESS", "the result is labelled \(manifest.verdict) and must not have it", "merge again")
            }
            if String(decoding: success, as: UTF8.self) != digest + "\n" {
                find("_SUCCESS", "it vouches for another manifest.json", "merge again")
            }
        } catch {
            note(error, advice: "merge again")
        }
    }

    /// Hashes a file, and counts its lines where asked to. Nil when it is not what it must be.
    private mutating func checkFile(_ reference: FileReference, advice: String, counting: Bool) -> Int? {
        do {
            let count = try LineCounter(path: "\(store.root)/\(reference.path)").count(reference, counting: counting)
            report.files += 1
            report.bytes += reference.bytes
            return count
        } catch {
            note(error, advice: advice)
            return nil
        }
    }

    // MARK: - Findings

    private mutating func find(_ path: String, _ what: String, _ advice: String) {
        report.findings.append(VerifyReport.Finding(path: path, what: what, advice: advice))
    }

    private mutating func note(_ error: any Error, advice: String) {
        switch error as? StoreError {
        case .damaged(let path, let reason): find(relative(path), reason, advice)
        case .io(let operation, let path, let reason): find(relative(path), "cannot \(operation) it: \(reason)", advice)
        case .full(let path, let reason), .foreign(let path, let reason): find(relative(path), reason, advice)
        case nil: find(".", "\(error)", advice)
        }
    }

    private func relative(_ path: String) -> String {
        path.hasPrefix(store.root + "/") ? String(path.dropFirst(store.root.count + 1)) : path
    }
}
