import TrawlCore

extension Verify {
    private static let advice = "merge again: 'trawl repair', then the same 'trawl run' or 'trawl merge'"

    /// Nil where the shards cannot be told.
    mutating func checkResult(of ledger: Ledger?) {
        let path = "\(store.root)/manifest.json"
        let manifest: Manifest
        let bytes: [UInt8]
        do {
            guard let text = try Files.read(path),
                let value = try JSONFile.read(Manifest.self, path, advice: "it was made by a merge")
            else {
                report.notes.append("the run is not merged")
                if store.hasSuccess { find("_SUCCESS", "it is there, but manifest.json is not", Self.advice, .merge) }
                return
            }
            (bytes, manifest) = (text, value)
        } catch {
            note(error, advice: Self.advice, .merge)
            return
        }
        if manifest.planHash != store.plan.hash {
            find("manifest.json", "it belongs to another plan", Self.advice, .merge)
        }
        checkSuccess(manifest, digest: SHA256.hex(of: bytes))
        if let ledger {
            if !manifest.isMade(from: ledger) {
                report.notes.append("the result was merged from other parts than the run has now; merge again")
            } else if !manifest.hasSkips(of: ledger) {
                report.notes.append("what is skipped has changed since the merge; merge again")
            }
        }
        checkRecords(of: manifest)
        for file in manifest.sideFiles {
            do {
                try LineCounter(path: "\(store.root)/\(file.path)").check(file)
                count(file)
            } catch {
                note(error, advice: Self.advice, .merge)
            }
        }
        let totals = manifest.totals
        let accounted =
            totals.records + totals.duplicates.all + totals.outside + totals.rejected + totals.rejectedAgain
        if accounted != totals.lines {
            find("manifest.json", "it accounts for \(accounted) of \(totals.lines) lines", Self.advice, .merge)
        }
        if totals.records != manifest.parts.reduce(0, { $0 + $1.records }) {
            find("manifest.json", "its parts do not add up to \(totals.records) records", Self.advice, .merge)
        }
    }

    /// Every merged file by its digest, and every line of it by its place.
    private mutating func checkRecords(of manifest: Manifest) {
        let order = ResultOrder(store.plan, records: manifest.totals.records, directory: store.root)
        for part in manifest.parts {
            order.begin(part.path)
            do {
                let lines = try LineCounter(path: "\(store.root)/\(part.path)").count(part.file) {
                    (bytes) throws(StoreError) in try order.take(bytes)
                }
                count(part.file)
                report.records += lines
                if lines != part.records {
                    find(part.path, "it has \(lines) records instead of \(part.records)", Self.advice, .merge)
                }
                for fault in order.end() { find(part.path, fault, Self.advice, .merge) }
            } catch {
                note(error, advice: Self.advice, .merge)
            }
        }
        do {
            let ids = try order.ids()
            report.distinct = ids.distinct
            if ids.repeated > 0 {
                find(
                    "merged", "\(ids.repeated) \(ids.repeated == 1 ? "id stands" : "ids stand") in it more than once",
                    Self.advice, .merge)
            }
        } catch {
            note(error, advice: Self.advice, .person)
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
                find(
                    "_SUCCESS", "the result is labelled \(manifest.verdict) and must not have it", Self.advice, .merge)
            }
            if String(decoding: success, as: UTF8.self) != digest + "\n" {
                find("_SUCCESS", "it vouches for another manifest.json", Self.advice, .merge)
            }
        } catch {
            note(error, advice: Self.advice, .merge)
        }
    }

    private mutating func count(_ file: FileReference) {
        report.files += 1
        report.bytes += file.bytes
    }
}
