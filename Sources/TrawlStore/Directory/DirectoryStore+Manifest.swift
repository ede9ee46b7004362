package import TrawlCore

extension DirectoryStore {
    /// What the last merge made, or nil when there is none.
    package func manifest() throws(StoreError) -> Manifest? {
        try JSONFile.read(Manifest.self, "\(root)/manifest.json", advice: "merge again: 'trawl merge \(root)'")
    }
}
