import Glibc
import TrawlCore

/// Operations on whole files and directories, by path.
enum Files {
    /// Leftovers of a crash carry this prefix, and nothing else does.
    static let temporaryPrefix = ".trawl-tmp."

    static func makeDirectory(_ path: String, withParents: Bool = false) throws(StoreError) {
        if mkdir(path, 0o700) == 0 { return }
        let code = errno
        if code == EEXIST, isDirectory(path) { return }
        if code == ENOENT, withParents, let parent = parent(of: path) {
            try makeDirectory(parent, withParents: true)
            return try makeDirectory(path)
        }
        throw .failure("create directory", path, code: code)
    }

    /// The directory a path lies in; nil for a root and for a bare name.
    static func parent(of path: String) -> String? {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return nil }
        return slash == trimmed.startIndex ? (trimmed.count > 1 ? "/" : nil) : String(trimmed[..<slash])
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether there is something that a rename must not replace: a pipe, a device, or a link to whatever.
    static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The size of a file; nil where there is none.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    /// The names in a directory, sorted; nil where there is no such directory.
    static func names(in path: String) throws(StoreError) -> [String]? {
        guard let directory = opendir(path) else {
            let code = errno
            if code == ENOENT { return nil }
            throw .failure("list", path, code: code)
        }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        let code = errno
        if code != 0 { throw .failure("list", path, code: code) }
        return names.sorted()
    }

    /// Makes the names in a directory durable.
    static func syncDirectory(_ path: String) throws(StoreError) {
        try OpenFile(path, O_RDONLY | O_DIRECTORY).sync()
    }

    static func move(_ from: String, to: String) throws(StoreError) {
        guard rename(from, to) == 0 else { throw .failure("rename to \(to)", from, code: errno) }
    }

    /// Removes a file; one that is not there counts as removed. Returns whether it was there.
    @discardableResult
    static func remove(_ path: String) throws(StoreError) -> Bool {
        if unlink(path) == 0 { return true }
        let code = errno
        if code == ENOENT { return false }
        throw .failure("remove", path, code: code)
    }

    /// Removes a file or a whole directory. Symbolic links are removed, never followed.
    static func removeTree(_ path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            try remove(path)
            return
        }
        for name in try names(in: path) ?? [] { try removeTree("\(path)/\(name)") }
        guard rmdir(path) == 0 else { throw .failure("remove", path, code: errno) }
    }

    /// The content of a small file; nil where there is none.
    static func read(_ path: String, limit: Int = 256 << 20) throws(StoreError) -> [UInt8]? {
        guard let file = try OpenFile.ifPresent(path) else { return nil }
        let size = try Int(file.status.st_size)
        guard size <= limit else { throw .damaged(path: path, reason: "it has \(size) bytes, more than any such file") }
        let buffer = RawBuffer(capacity: size + 1)
        while true {
            buffer.reserve(buffer.count + 4096)
            let room = UnsafeMutableRawBufferPointer(
                start: buffer.base + buffer.count, count: buffer.capacity - buffer.count)
            let count = try file.read(into: room)
            if count == 0 { return Array(buffer.bytes) }
            buffer.count += count
            guard buffer.count <= limit else { throw .damaged(path: path, reason: "it does not end") }
        }
    }

    /// Gives `path` the content `bytes` unless there is such a file already. Returns whether this call created it.
    ///
    /// Whoever sees the file sees all of it, and after `true` it survives the end of the machine. Of any number of
    /// concurrent callers, on any machine that shares the file system, exactly one is told `true`.
    static func createOnce(_ path: String, _ bytes: [UInt8]) throws(StoreError) -> Bool {
        let directory = parent(of: path) ?? "."
        let random = UInt64.random(in: .min ... .max)
        let temporary = "\(directory)/\(temporaryPrefix)\(getpid()).\(String(random, radix: 36))"
        let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL)
        var isMine = false
        do throws(StoreError) {
            try file.write(bytes)
            try file.sync()
            isMine = try link(file, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
        unlink(temporary)
        try syncDirectory(directory)
        return isMine
    }

    private static func link(_ file: OpenFile, to path: String) throws(StoreError) -> Bool {
        if Glibc.link(file.path, path) == 0 { return true }
        let code = errno
        // Over NFS a reply can get lost and the repeated call fail: two names for the file mean that it worked.
        if try file.status.st_nlink == 2 { return true }
        if code == EEXIST { return false }
        throw .failure("create", path, code: code)
    }
}

extension OpenFile {
    func write(_ bytes: [UInt8]) throws(StoreError) {
        // `withUnsafeBytes` cannot rethrow a typed error here.
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in try write(buffer) }
        }
        try result.get()
    }
}
