import Glibc
import TrawlTestKit

/// The service manager's end of the line: a datagram socket that keeps what it is told.
actor NotifySocket {
    /// As `NOTIFY_SOCKET` names it.
    nonisolated let address: String
    private let descriptor: Int32
    private var heard: [String] = []

    /// - Parameter address: a path, or `@name` for an abstract socket.
    init(_ address: String) throws {
        self.address = address
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = address.hasPrefix("@")
        let bytes = isAbstract ? [0] + address.utf8.dropFirst() : address.utf8 + [0]
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let code = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard code == 0 else { throw TestFailure("cannot bind \(address): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Everything heard so far.
    var messages: [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return heard }
            heard.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }

    func count(_ message: String) -> Int { messages.count { $0 == message } }
}
