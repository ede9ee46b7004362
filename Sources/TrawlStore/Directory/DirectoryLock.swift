import Glibc
import TrawlCore

/// An exclusive claim on a store, held as long as this object lives and this process runs.
package final class DirectoryLock: Sendable {
    private let file: OpenFile

    /// Joins those who use something together. Waits while one has it alone.
    init(sharing path: String) throws(StoreError) {
        file = try OpenFile(path, O_RDWR | O_CREAT)
        while flock(file.descriptor, LOCK_SH) != 0 {
            let code = errno
            guard code == EINTR else { throw .failure("lock", path, code: code) }
        }
    }

    /// Takes alone what others use together; nil while anyone uses it.
    init?(alone path: String) throws(StoreError) {
        file = try OpenFile(path, O_RDWR | O_CREAT)
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw .failure("lock", path, code: code) }
            return nil
        }
    }

    /// How long a lock that is taken is waited for. A child between fork and exec still holds what its parent has just
    /// given back.
    private static let patience = 8
    private static let pause: useconds_t = 10_000

    /// Throws ``StoreError/foreign(path:reason:)`` when another process, or another part of this one, holds the lock.
    init(_ path: String, holder: String, directory: String) throws(StoreError) {
        file = try OpenFile(path, O_RDWR | O_CREAT)
        var refusals = 0
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw .failure("lock", path, code: code) }
            refusals += 1
            if refusals < Self.patience {
                usleep(Self.pause)
                continue
            }
            let text = try Files.read(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let pid = text.prefix { $0.isNumber }
            throw .foreign(
                path: directory,
                reason: "another \(holder)\(pid.isEmpty ? "" : " (pid \(pid))") is using this directory")
        }
        guard ftruncate(file.descriptor, 0) == 0 else { throw .failure("write", path, code: errno) }
        try file.write(Array("\(getpid())\n".utf8))
    }
}
