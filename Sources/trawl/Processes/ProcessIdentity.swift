import Foundation
import Glibc

enum ProcessIdentity {
    static var own: pid_t { getpid() }

    /// Tells this process from all others that use the same Redis: letters, digits, dots and dashes only.
    static var name: String {
        let plain = host.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" }
        return "\(String(plain)).\(own)"
    }

    /// The processes whose parent is that one now.
    static func children(of parent: pid_t) -> [pid_t] {
        // Those that end meanwhile are left out; where there is no /proc, none are found.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { name in
            guard let id = pid_t(name), let data = FileManager.default.contents(atPath: "/proc/\(name)/stat") else {
                return nil
            }
            // The name in parentheses may hold anything; the state and the parent follow the last one.
            let text = String(decoding: data, as: UTF8.self)
            let fields = text.suffix(from: text.lastIndex(of: ")") ?? text.startIndex).split(separator: " ")
            return fields.count > 2 && fields[1] != "Z" && pid_t(fields[2]) == parent ? id : nil
        }
    }

    static var host: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
