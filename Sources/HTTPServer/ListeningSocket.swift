// Whose header is read first decides which of the two defines the addresses' structures.
import CMicroHTTPD
import Glibc

/// A bound, listening TCP socket. Ours rather than libmicrohttpd's, because that one reports a failed bind as a null
/// pointer without a reason.
struct ListeningSocket: ~Copyable {
    private let descriptor: Int32
    let port: UInt16

    init(address: String, port: UInt16) throws(HTTPServerError) {
        var storage = sockaddr_storage()
        let length = try Self.fill(&storage, address: address, port: port)
        let descriptor = socket(
            Int32(storage.ss_family), Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(address, port, errno) }

        var on: Int32 = 1
        var bound = sockaddr_storage()
        var boundLength = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let succeeded =
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
            && withSocketAddress(&storage) { Glibc.bind(descriptor, $0, length) } == 0
            && Glibc.listen(descriptor, SOMAXCONN) == 0
            && withSocketAddress(&bound) { getsockname(descriptor, $0, &boundLength) } == 0
        guard succeeded else {
            let code = errno
            close(descriptor)
            throw Self.failure(address, port, code)
        }
        self.descriptor = descriptor
        self.port = Self.port(of: bound)
    }

    deinit { close(descriptor) }

    /// Gives the descriptor away; the caller closes it.
    consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private static func failure(_ address: String, _ port: UInt16, _ code: Int32) -> HTTPServerError {
        .listen(address: address, port: port, reason: String(cString: strerror(code)))
    }

    private static func fill(
        _ storage: inout sockaddr_storage, address: String, port: UInt16
    ) throws(HTTPServerError) -> socklen_t {
        var four = sockaddr_in()
        if inet_pton(AF_INET, address, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: four, as: sockaddr_in.self) }
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        }
        var six = sockaddr_in6()
        if inet_pton(AF_INET6, address, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: six, as: sockaddr_in6.self) }
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
        throw .invalidAddress(address)
    }

    private static func port(of storage: sockaddr_storage) -> UInt16 {
        // The port lies at the same place in both address families.
        withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }
}

private func withSocketAddress<Result>(
    _ storage: inout sockaddr_storage, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
) -> Result {
    withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
    }
}
