import Glibc

/// The service manager that started this process and wants to hear of it, by the protocol of sd_notify(3).
///
/// One datagram a message, on a socket that lives for that message alone: nothing is left open that a child could
/// inherit, and a manager that was restarted meanwhile is found again.
struct ServiceManager: Sendable {
    /// How often it wants to hear that all is well; it ends a process that stays silent for longer. Nil where it does not ask.
    let watchdog: Duration?
    private let path: [UInt8]

    static let socketVariable = EnvironmentVariable.notifySocket.rawValue
    static let watchdogVariable = EnvironmentVariable.watchdogTime.rawValue
    static let watchdogProcessVariable = EnvironmentVariable.watchdogProcess.rawValue

    /// Nil where no service manager asked to be told, or at an address of a kind that this is not written for.
    init?(environment: [String: String]) {
        guard let address = environment[Self.socketVariable], let kind = address.first, kind == "/" || kind == "@",
            address.utf8.count <= Self.longestPath
        else { return nil }
        // An abstract address begins with NUL and is as long as it is; a path ends with NUL.
        path = kind == "@" ? [0] + address.utf8.dropFirst() : address.utf8 + [0]
        let isForUs = environment[Self.watchdogProcessVariable].map { $0 == String(ProcessIdentity.own) } ?? true
        watchdog = environment[Self.watchdogVariable].flatMap { Int64($0) }
            .flatMap { $0 > 0 && isForUs ? .microseconds($0) : nil }
    }

    private static let longestPath = MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size - 1

    /// Sends lines such as `READY=1`. Never waits: returns false where the manager's queue is full or it is not there.
    @discardableResult
    func tell(_ lines: String...) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let message = Array(lines.joined(separator: "\n").utf8)
        let sent = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, message, message.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL), $0, size)
            }
        }
        return sent == message.count
    }
}
