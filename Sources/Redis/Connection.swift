import Glibc

/// One logged-in connection. Only the thread that made it may touch it, and after a throw it must be dropped: what
/// the server still owes can no longer be matched to a caller.
final class Connection {
    private let socket: Socket
    private let reader = ReplyReader()
    private let timeout: Duration
    private let buffer: UnsafeMutableRawBufferPointer
    /// How much of the current `transfer`'s output the kernel has taken.
    private(set) var sent = 0

    /// Connects, logs in, selects the database and names the connection.
    ///
    /// SELECT is sent even for database 0, so that a server which refuses the connection itself (too many clients, no
    /// login) does so here, and not in answer to a caller's command.
    init(_ url: RedisURL, _ options: RedisOptions, wake: Int32) throws(RedisError) {
        timeout = options.commandTimeout
        do throws(TransportFailure) {
            socket = try Socket.connect(to: url.endpoint, within: options.connectTimeout, wake: wake)
        } catch {
            throw .connect(address: url.address, cause: error.connecting(within: options.connectTimeout))
        }
        // Not before the connection stands: when it does not, `deinit` is not run.
        buffer = .allocate(byteCount: 1 << 16, alignment: 16)
        let steps = Self.setup(url, options)
        var replies: [RedisReply] = []
        do throws(TransportFailure) {
            try transfer(steps.flatMap(\.encoded), replies: steps.count) { replies.append($0) }
        } catch {
            // A server that refuses a connection says why and hangs up: its words matter more than the hang-up.
            try Self.check(replies, of: steps, url)
            throw .connect(address: url.address, cause: error.connecting(within: timeout))
        }
        try Self.check(replies, of: steps, url)
    }

    deinit { buffer.deallocate() }

    private static func setup(_ url: RedisURL, _ options: RedisOptions) -> [RedisCommand] {
        var steps: [RedisCommand] = []
        if let password = url.password {
            let login: [any RedisArgument] = if let user = url.user { [user, password] } else { [password] }
            steps.append(RedisCommand("AUTH", arguments: login))
        }
        steps.append(RedisCommand("SELECT", arguments: [url.database], operation: "SELECT \(url.database)"))
        if let name = options.clientName {
            steps.append(RedisCommand("CLIENT", arguments: ["SETNAME", name], operation: "CLIENT SETNAME"))
        }
        return steps
    }

    private static func check(_ replies: [RedisReply], of steps: [RedisCommand], _ url: RedisURL) throws(RedisError) {
        for (step, reply) in zip(steps, replies) {
            guard case .error(let code, let message) = reply else { continue }
            // A user who may not SELECT is in database 0 already.
            if code == "NOPERM", url.database == 0, step.operation == "SELECT 0" { continue }
            throw .server(code: code, message: message, operation: step.operation)
        }
    }

    /// False once the server has hung up or has sent something that nobody asked for.
    var isUsable: Bool { !reader.hasLeftover && socket.isQuiet }

    /// Sends `output` and hands over `replies` replies in order.
    ///
    /// Reads while it still has to write, so that two full socket buffers cannot block each other. The time-out runs
    /// anew with every byte that moves.
    func transfer(_ output: [UInt8], replies: Int, _ receive: (RedisReply) -> Void) throws(TransportFailure) {
        sent = 0
        var owed = replies
        var broken: TransportFailure?
        var deadline = ContinuousClock.now + timeout
        while owed > 0 {
            if sent < output.count, broken == nil {
                do throws(TransportFailure) {
                    let count = try send(output)
                    if count > 0 { deadline = .now + timeout }
                } catch {
                    // Replies to what was sent before may still wait to be read: stop only at the end of the stream.
                    broken = error
                }
            }
            let writing = sent < output.count && broken == nil
            _ = try socket.wait(for: Int16(POLLIN) | (writing ? Int16(POLLOUT) : 0), until: deadline)
            guard let count = try socket.receive(into: buffer) else { continue }
            guard count > 0 else { throw broken ?? .failed("the server closed the connection") }
            deadline = .now + timeout
            try reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            while owed > 0, let reply = try reader.next() {
                owed -= 1
                receive(reply)
            }
        }
    }

    private func send(_ output: [UInt8]) throws(TransportFailure) -> Int {
        let count = try output.withUnsafeBufferPointer { (bytes) throws(TransportFailure) in
            try socket.send(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[sent...])))
        }
        sent += count
        return count
    }
}

extension TransportFailure {
    fileprivate func connecting(within limit: Duration) -> String {
        if case .timedOut = self { "no answer within \(limit)" } else { text }
    }
}
