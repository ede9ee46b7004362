import Glibc
import TrawlCore

/// A file descriptor and the path to name in errors. Interrupted calls are repeated, short writes completed.
final class OpenFile: Sendable {
    let path: String
    let descriptor: Int32

    /// Files are the owner's alone: they hold people's conversations.
    static let mode: mode_t = 0o600

    init(_ path: String, _ flags: Int32) throws(StoreError) {
        var descriptor: Int32
        var code: Int32 = 0
        repeat {
            descriptor = open(path, flags | O_CLOEXEC, Self.mode)
            code = errno
        } while descriptor < 0 && code == EINTR
        guard descriptor >= 0 else {
            throw .failure(flags & O_CREAT == 0 ? "open" : "create", path, code: code)
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Another descriptor for what `descriptor` has open, such as standard output. `name` is for errors.
    init(duplicating descriptor: Int32, name: String) throws(StoreError) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .failure("open", name, code: errno) }
        path = name
        self.descriptor = copy
    }

    deinit {
        close(descriptor)
    }

    /// Nil where there is no such file.
    static func ifPresent(_ path: String) throws(StoreError) -> OpenFile? {
        do throws(StoreError) {
            return try OpenFile(path, O_RDONLY)
        } catch {
            if access(path, F_OK) != 0, errno == ENOENT { return nil }
            throw error
        }
    }

    /// Bytes read; 0 at the end of the file.
    func read(into target: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        while true {
            let count = Glibc.read(descriptor, target.baseAddress, target.count)
            if count >= 0 { return count }
            let code = errno
            if code != EINTR { throw .failure("read", path, code: code) }
        }
    }

    /// Fills `target` from `offset` on. The caller wrote those bytes, so a file that ends earlier is damaged.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(StoreError) {
        var done = 0
        while done < target.count {
            let count = pread(
                descriptor, target.baseAddress.unsafelyUnwrapped + done, target.count - done, offset + done)
            let code = errno
            if count < 0, code == EINTR { continue }
            if count < 0 { throw .failure("read", path, code: code) }
            if count == 0 { throw .damaged(path: path, reason: "it ends at byte \(offset + done)") }
            done += count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done)
            let code = errno
            if count < 0, code == EINTR { continue }
            if count < 0 { throw .failure("write", path, code: code) }
            done += count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done, offset + done)
            let code = errno
            if count < 0, code == EINTR { continue }
            if count < 0 { throw .failure("write", path, code: code) }
            done += count
        }
    }

    func sync() throws(StoreError) {
        while fsync(descriptor) != 0 {
            let code = errno
            if code != EINTR { throw .failure("sync", path, code: code) }
        }
    }

    var status: stat {
        get throws(StoreError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .failure("examine", path, code: errno) }
            return status
        }
    }
}
