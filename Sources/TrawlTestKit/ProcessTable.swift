import Glibc

/// What the kernel knows of the processes that run now.
package enum ProcessTable {
    package struct Entry: Hashable, Sendable {
        package let id: Int32
        package let parent: Int32
        /// Its words, separated by spaces.
        package let command: String
        package let directory: String
    }

    /// The processes whose command line or working directory mentions `text`, but not those that are only waited for.
    package static func mentioning(_ text: String) -> [Entry] {
        entries.filter { $0.command.contains(text) || $0.directory.contains(text) }
    }

    /// What the kernel shows of a process under that name; empty where it does not.
    package static func bytes(_ id: Int32, _ name: String) -> [UInt8] { contents("/proc/\(id)/\(name)") ?? [] }

    /// A file of the kernel's; nil where it cannot be read.
    package static func text(_ path: String) -> String? { read(path) }

    /// Who may look at what the kernel shows of a process under that name; nil where there is no such process.
    package static func owner(_ id: Int32, _ name: String) -> UInt32? {
        var status = stat()
        return stat("/proc/\(id)/\(name)", &status) == 0 ? status.st_uid : nil
    }

    /// A process that ends while it is looked at is left out.
    private static var entries: [Entry] {
        guard let list = opendir("/proc") else { return [] }
        defer { closedir(list) }
        var entries: [Entry] = []
        while let item = readdir(list) {
            let name = withUnsafeBytes(of: &item.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let id = pid_t(name), let status = read("/proc/\(name)/stat"),
                let words = read("/proc/\(name)/cmdline"), !words.isEmpty
            else { continue }
            // The name in parentheses may hold anything; the state and the parent follow the last one.
            let fields = status.suffix(from: status.lastIndex(of: ")") ?? status.startIndex).split(separator: " ")
            guard fields.count > 2, fields[1] != "Z", let parent = pid_t(fields[2]) else { continue }
            entries.append(
                Entry(
                    id: id, parent: parent, command: words.replacing("\0", with: " "),
                    directory: link("/proc/\(name)/cwd")))
        }
        return entries
    }

    private static func read(_ path: String) -> String? { contents(path).map { String(decoding: $0, as: UTF8.self) } }

    private static func contents(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func link(_ path: String) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
