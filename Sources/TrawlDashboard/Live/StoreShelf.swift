import Glibc
import TrawlStore

/// Stores that were opened, kept while their plans stay as they are. Opening one blocks nobody.
actor StoreShelf {
    /// Why a store is not to be had now.
    struct Fault: Error, Hashable, CustomStringConvertible {
        let description: String
        static let silent = Fault(description: "its disk does not answer")
    }

    /// Tells one plan file from another without reading it.
    private struct Mark: Hashable, Sendable {
        var device: UInt
        var inode: UInt
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    private struct Kept: Sendable {
        var store: DirectoryStore
        var mark: Mark?
    }

    private typealias Found = Result<Kept, Fault>

    private var kept: [String: Kept] = [:]
    private var calls: [String: SlowCall<Found>] = [:]

    private static let mostAtOnce = 32

    /// Each path's store, or why there is none. Those that do not answer hold this up for seconds, and only once.
    func open(_ paths: some Collection<String> & Sendable) async -> [String: Result<DirectoryStore, Fault>] {
        var all: [String: Result<DirectoryStore, Fault>] = [:]
        await withTaskGroup(of: (String, Result<DirectoryStore, Fault>).self) { group in
            for (index, path) in Set(paths).enumerated() {
                if index >= Self.mostAtOnce, let (path, found) = await group.next() { all[path] = found }
                group.addTask { (path, await self.open(path)) }
            }
            for await (path, found) in group { all[path] = found }
        }
        return all
    }

    /// Forgets stores that lie elsewhere: a plan may be large.
    func keep(_ paths: Set<String>) { kept = kept.filter { paths.contains($0.key) } }

    private func open(_ path: String) async -> Result<DirectoryStore, Fault> {
        let call = calls[path] ?? SlowCall()
        calls[path] = call
        let before = kept[path]
        let found = await call.value {
            // Before it is read: one that is replaced meanwhile is opened again.
            let mark = Mark("\(path)/plan.json")
            if let before, let mark, before.mark == mark { return Found.success(before) }
            return Found { () throws(Fault) in
                do {
                    return Kept(store: try DirectoryStore.open(path: path), mark: mark)
                } catch {
                    throw Fault(description: "\(error)")
                }
            }
        }
        if let found { kept[path] = try? found.get() }
        return (found ?? .failure(.silent)).map(\.store)
    }
}
