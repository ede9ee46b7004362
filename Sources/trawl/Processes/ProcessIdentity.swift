import Glibc

enum ProcessIdentity {
    static var own: pid_t { getpid() }

    /// Tells this process from all others that use the same Redis: letters, digits, dots and dashes only.
    static var name: String {
        let plain = host.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" }
        return "\(String(plain)).\(own)"
    }

    static var host: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
