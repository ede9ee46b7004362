import Glibc
import Testing
import TrawlCore

@testable import TrawlStore

/// The table of a whole result, and what is there when it could not be written.
struct ExportFileTests {
    private static let count = 500

    private static func merged(_ compression: Compression) throws -> (run: TestRun, export: Export) {
        let run = try TestRun()
        let start = ms("2024-01-01T10:00:00Z")
        let records = (0..<count).map {
            TestRecord(id: "id \($0)", start: start + Int64($0) * 600_000, end: start, note: $0)
        }
        try run.fetch(run.store.plan.roots[0], [TestPage(records: records, fetched: 1)])
        var options = MergeOptions()
        options.compression = compression
        let manifest = try run.merge(options)
        let columns = try ExportColumn.list("conversationId,note,x=end", run.store.plan.profile.records)
        return (run, Export(store: run.store, manifest: manifest, columns: columns))
    }

    @Test(arguments: [Compression.zstd, .none])
    func `all days are written, in the order of the result`(compression: Compression) throws {
        let (run, export) = try Self.merged(compression)
        #expect(export.manifest.parts.count > 1)
        let path = "\(run.scratch.path)/table.csv"
        Disk.write(path, Array("what was there".utf8))
        #expect(try export.write(toFile: path))
        let end = ms("2024-01-01T10:00:00Z")
        let expected = "conversationId,note,x\n" + (0..<Self.count).map { "id \($0),\($0),\(end)\n" }.joined()
        #expect(String(decoding: Disk.read(path) ?? [], as: UTF8.self) == expected)
        #expect(Disk.mode(path) == 0o600)
    }

    @Test func `a damaged result leaves the file as it was, and nothing beside it`() throws {
        let (run, export) = try Self.merged(.none)
        let path = "\(run.scratch.path)/table.csv"
        Disk.write(path, Array("what was there".utf8))
        Disk.flip("\(run.root)/\(export.manifest.parts[1].path)", at: 21)
        #expect {
            try export.write(toFile: path)
        } throws: { error in
            guard case StoreError.damaged(let file, _) = error else { return false }
            return file.hasSuffix(export.manifest.parts[1].path)
        }
        #expect(String(decoding: Disk.read(path) ?? [], as: UTF8.self) == "what was there")
        #expect(Disk.names(run.scratch.path) == ["run", "table.csv"])
    }

    @Test func `a stopped export leaves nothing`() throws {
        let (run, export) = try Self.merged(.zstd)
        var pieces = 0
        let isWhole = try export.write(toFile: "\(run.scratch.path)/table.csv") {
            pieces += 1
            return pieces == 2
        }
        #expect(!isWhole)
        #expect(Disk.names(run.scratch.path) == ["run"])
    }

    @Test func `a pipe gets the table and stays a pipe`() async throws {
        let (run, export) = try Self.merged(.zstd)
        let path = "\(run.scratch.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        async let table = Disk.read(path)
        #expect(try export.write(toFile: path))
        #expect(await table?.split(separator: 0x0A).count == Self.count + 1)
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
}
