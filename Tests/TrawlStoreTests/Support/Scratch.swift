import Glibc
import Testing

/// A directory of one test's own, removed with the object.
final class Scratch: Sendable {
    let path: String

    init() {
        // In memory where that is possible: the tests sync thousands of small files.
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/trawl-store-test.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        precondition(made != nil, "no scratch directory: \(String(cString: strerror(errno)))")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        Disk.removeTree(path)
    }
}

/// The file system, seen without the code under test.
enum Disk {
    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
    }

    static func write(_ path: String, _ bytes: [UInt8]) {
        guard let file = fopen(path, "w") else { preconditionFailure("cannot write \(path)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func mode(_ path: String) -> mode_t {
        var status = stat()
        stat(path, &status)
        return status.st_mode & 0o777
    }

    static func removeTree(_ path: String) {
        if isDirectory(path) {
            for name in names(path) { removeTree("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// Paths of all files below `path`, relative to it, with their content.
    static func tree(_ path: String, below prefix: String = "") -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in names(path) {
            if isDirectory("\(path)/\(name)") {
                files.merge(tree("\(path)/\(name)", below: "\(prefix)\(name)/")) { first, _ in first }
            } else {
                files[prefix + name] = read("\(path)/\(name)")
            }
        }
        return files
    }

    /// Changes one byte of a file in place.
    static func flip(_ path: String, at offset: Int) {
        guard var bytes = read(path) else { preconditionFailure("no file \(path)") }
        bytes[offset] ^= 0x20
        write(path, bytes)
    }
}
