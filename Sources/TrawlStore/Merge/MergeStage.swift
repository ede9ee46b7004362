import TrawlCore

/// Where a merge is built, and the swap that makes it the store's result.
///
/// The order of the swap is the guarantee: `_SUCCESS` and the manifest go first and come last, so whenever one of them
/// is there, everything it vouches for is there too.
struct MergeStage {
    static let sideFiles = ["duplicates.ndjson", "open-ids.ndjson", "rejected.ndjson"]

    let root: String

    var path: String { "\(root)/merging" }

    /// Removes what an interrupted merge left.
    func begin() throws(StoreError) {
        try Files.removeTree(path)
        try Files.makeDirectory(path)
    }

    func publish(_ manifest: Manifest) throws(StoreError) {
        let bytes = JSONFile.encode(manifest)
        _ = try Files.createOnce("\(path)/manifest.json", bytes)
        try Files.remove("\(root)/_SUCCESS")
        try Files.remove("\(root)/manifest.json")
        try Files.syncDirectory(root)

        if Files.exists("\(root)/merged") { try Files.move("\(root)/merged", to: "\(path)/replaced") }
        try Files.move("\(path)/merged", to: "\(root)/merged")
        for name in Self.sideFiles { try Files.move("\(path)/\(name)", to: "\(root)/\(name)") }
        try Files.syncDirectory(root)

        try Files.move("\(path)/manifest.json", to: "\(root)/manifest.json")
        try Files.syncDirectory(root)
        if manifest.verdict == .complete {
            _ = try Files.createOnce("\(root)/_SUCCESS", Array("\(SHA256.hex(of: bytes))\n".utf8))
        }
        // The result stands; what cannot be removed now, the next merge removes.
        try? Files.removeTree(path)
    }
}
