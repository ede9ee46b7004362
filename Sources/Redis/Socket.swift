import Glibc

/// A connected, non-blocking, close-on-exec stream socket. All waiting happens in `wait`, which `wake` interrupts.
struct Socket: ~Copyable {
    private let descriptor: Int32
    /// An eventfd that turns readable when the client is closed. Not owned.
    private let wake: Int32

    private init(family: Int32, wake: Int32) throws(TransportFailure) {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        descriptor = socket(family, Int32(kind), 0)
        self.wake = wake
        guard descriptor >= 0 else { throw .system() }
    }

    deinit { close(descriptor) }

    static func connect(to endpoint: RedisURL.Endpoint, within limit: Duration, wake: Int32) throws(TransportFailure)
        -> Socket
    {
        switch endpoint {
        case .unix(let path): try unix(path, until: .now + limit, wake: wake)
        case .tcp(let host, let port): try tcp(host, port, within: limit, wake: wake)
        }
    }

    private static func unix(_ path: String, until deadline: ContinuousClock.Instant, wake: Int32)
        throws(TransportFailure) -> Socket
    {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            throw .failed("the socket's path is longer than the system's limit of \(room - 1) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let socket = try Socket(family: AF_UNIX, wake: wake)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { socket.begin($0, size) }
        }
        try socket.finish(code, until: deadline)
        return socket
    }

    /// Tries each address of the host. One that swallows packets gets only its share of the time.
    private static func tcp(_ host: String, _ port: UInt16, within limit: Duration, wake: Int32)
        throws(TransportFailure) -> Socket
    {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else { throw .failed(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        let candidates = sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { $0?.pointee }
        let deadline = ContinuousClock.now + limit
        var last = TransportFailure.failed("the host has no address")
        for (index, candidate) in candidates.enumerated() {
            let share = (deadline - .now) / (candidates.count - index)
            do throws(TransportFailure) {
                let socket = try Socket(family: candidate.ai_family, wake: wake)
                try socket.finish(socket.begin(candidate.ai_addr, candidate.ai_addrlen), until: .now + share)
                socket.tune()
                return socket
            } catch {
                if case .closed = error { throw error }
                last = error
            }
        }
        throw last
    }

    /// 0 or an errno value.
    private func begin(_ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
        Glibc.connect(descriptor, address, size) == 0 ? 0 : errno
    }

    private func finish(_ code: Int32, until deadline: ContinuousClock.Instant) throws(TransportFailure) {
        switch code {
        case 0: return
        case EINPROGRESS, EINTR: break
        case EAGAIN: throw .failed("the server's queue of new connections is full")
        default: throw .system(code)
        }
        _ = try wait(for: Int16(POLLOUT), until: deadline)
        var outcome: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size)
        guard outcome == 0 else { throw .system(outcome) }
    }

    /// Latency and dead-peer detection; a connection works without either, so failures are of no interest.
    private func tune() {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, size)
    }

    /// Whether nothing has arrived and the peer has not hung up: the state an idle connection must be in.
    var isQuiet: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count < 0 && errno == EAGAIN
    }

    /// The events that are ready, at least one.
    func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(TransportFailure) -> Int16 {
        while true {
            var items = (
                pollfd(fd: descriptor, events: events, revents: 0), pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
            )
            let left = deadline - .now
            // Rounded up, so that a wait never ends just before its deadline and spins.
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            let count = withUnsafeMutableBytes(of: &items) {
                poll($0.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, Int32(clamping: max(0, milliseconds)))
            }
            guard count >= 0 || errno == EINTR else { throw .system() }
            if count > 0 {
                if items.1.revents != 0 { throw .closed }
                return items.0.revents
            }
            if ContinuousClock.now >= deadline { throw .timedOut }
        }
    }

    /// The number of bytes the kernel took; 0 when it has no room now. Never raises SIGPIPE.
    func send(_ bytes: UnsafeRawBufferPointer) throws(TransportFailure) -> Int {
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return count }
            let code = errno
            if code == EAGAIN { return 0 }
            if code != EINTR { throw .system(code) }
        }
    }

    /// The number of bytes received; nil when there are none now, 0 when the peer has hung up.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(TransportFailure) -> Int? {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return count }
            let code = errno
            if code == EAGAIN { return nil }
            if code != EINTR { throw .system(code) }
        }
    }
}
