import Glibc
package import TrawlCore

/// Writes a merged result as a table: one row a conversation, in the order of the result, in memory bounded by the
/// longest record.
package struct Export {
    package let store: DirectoryStore
    package let manifest: Manifest
    package let columns: [ExportColumn]

    package init(store: DirectoryStore, manifest: Manifest, columns: [ExportColumn]) {
        self.store = store
        self.manifest = manifest
        self.columns = columns
    }

    /// Whether a file at `path` would be replaced by a new one. What is no regular file is written to directly.
    package static func replaces(_ path: String) -> Bool { !Files.isSpecial(path) }

    /// Writes to a file at `path`, which replaces what is there only when all of it is written and synced. What is no
    /// regular file, such as a pipe, is written to directly.
    package func write(toFile path: String, isStopped: () -> Bool = { false }) throws(StoreError) -> Bool {
        if !Self.replaces(path) { return try write(OpenFile(path, O_WRONLY | O_TRUNC), isStopped) }
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = "\(Files.parent(of: path) ?? ".")/\(Files.temporaryPrefix)\(getpid()).\(random)"
        let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL)
        do throws(StoreError) {
            guard try write(file, isStopped) else {
                unlink(temporary)
                return false
            }
            try file.sync()
            try Files.move(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
        return true
    }

    /// Writes to what is open already, such as standard output; `name` is for errors.
    package func write(
        to descriptor: Int32, name: String, isStopped: () -> Bool = { false }
    ) throws(StoreError) -> Bool {
        try write(OpenFile(duplicating: descriptor, name: name), isStopped)
    }

    /// False when `isStopped` said so. Throws at the end of a file that is not the one in the manifest, after its rows.
    private func write(_ file: OpenFile, _ isStopped: () -> Bool) throws(StoreError) -> Bool {
        let output = CSVOutput(file)
        for column in columns { output.field(Array(column.name.utf8)) }
        try output.endRow()
        var rows = ExportRows(columns, store.plan.profile.records, output)
        let splitter = LineSplitter()
        for part in manifest.parts {
            let path = "\(store.root)/\(part.path)"
            var isLeft = false
            var count = 0
            do throws(StoreError) {
                _ = try LineCounter(path: path).count(part.file) { piece throws(StoreError) in
                    isLeft = isStopped()
                    // Leaves the file where it is; nobody sees this error.
                    if isLeft { throw .io(operation: "read on", path: path, reason: "stopped") }
                    try splitter.take(piece) { line throws(StoreError) in
                        count += 1
                        guard try rows.append(line) else {
                            throw .damaged(path: path, reason: "line \(count) is no JSON record")
                        }
                    }
                }
            } catch {
                if isLeft { return false }
                throw error
            }
            guard splitter.isAtLineEnd else { throw .damaged(path: path, reason: "its last line does not end") }
            guard count == part.records else {
                throw .damaged(path: path, reason: "it has \(count) lines instead of \(part.records)")
            }
        }
        try output.flush()
        return true
    }
}
