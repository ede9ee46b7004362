package import TrawlCore

extension DirectoryStore {
    /// What the last merge made, or nil when there is none.
    package func manifest() throws(StoreError) -> Manifest? {
        try JSONFile.read(Manifest.self, "\(root)/manifest.json", advice: "merge again: 'trawl merge \(root)'")
    }

    /// What the last merge made, if the run has ended 0 with it and it still stands: `_SUCCESS` vouches for this
    /// manifest, its parts are the ledger's, and its files are there with their sizes. Only ``Verify`` reads them.
    package func standingResult(_ ledger: Ledger) throws(StoreError) -> Manifest? {
        guard let success = try Files.read("\(root)/_SUCCESS"), let bytes = try Files.read("\(root)/manifest.json"),
            String(decoding: success, as: UTF8.self) == SHA256.hex(of: bytes) + "\n",
            let manifest = try readableManifest(), manifest.verdict == .complete, ledger.isComplete,
            manifest.isMade(from: ledger)
        else { return nil }
        for file in manifest.parts.map(\.file) + manifest.sideFiles {
            guard Files.size(of: "\(root)/\(file.path)") == file.bytes else { return nil }
        }
        return manifest
    }

    /// Nil for a manifest of another version as well: merging again costs less than understanding it.
    private func readableManifest() throws(StoreError) -> Manifest? {
        do throws(StoreError) {
            return try manifest()
        } catch .damaged {
            return nil
        }
    }
}
