/// One connection to a Redis server, shared by any number of tasks.
///
/// Commands of concurrent tasks are pipelined by themselves: what is submitted while an earlier batch is under way
/// goes out together in the next one.
///
/// - **Failure.** Nothing is ever sent twice behind the caller's back. `RedisError.mayHaveRun` tells whether a failed
///   command can have taken effect. After any failure the connection is dropped, and the next command makes a new one,
///   logged in and set up like the first. A server that went away while the client was idle is noticed before
///   anything is written. Each batch makes at most one attempt to connect.
/// - **Cancellation.** A command cannot be called back: a cancelled task gets its reply, or its error, all the same.
/// - **One connection, many users.** Do not send what changes its state (SELECT, AUTH, MULTI outside a single
///   `pipeline`, CLIENT REPLY, SUBSCRIBE, MONITOR), and give commands that block (BLPOP...) a client of their own: all
///   others would wait behind them.
/// - **End.** `close()` ends it at once. A client that is merely released answers what it was given, then ends.
package final class RedisClient: Sendable {
    /// What becomes of error replies inside a pipeline.
    package enum ErrorReplies: Sendable {
        /// The first one is thrown; the other commands have run nevertheless.
        case thrown
        /// They stand in the result as `RedisReply.error`.
        case returned
    }

    package let url: RedisURL
    package let options: RedisOptions
    private let thread: ConnectionThread

    /// Does not connect: the first command does.
    package init(url: RedisURL, options: RedisOptions = RedisOptions()) {
        self.url = url
        self.options = options
        thread = ConnectionThread(url, options)
    }

    deinit { thread.drain() }

    /// The reply to one command; an error reply is thrown as `RedisError.server`.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        let result = await withCheckedContinuation { thread.submit(.one(command, $0)) }
        let reply = try result.get()
        if case .error(let code, let message) = reply {
            throw .server(code: code, message: message, operation: command.operation)
        }
        return reply
    }

    /// `try await client.command("SET", key, value)`.
    @discardableResult
    package func command(_ name: String, _ arguments: any RedisArgument...) async throws(RedisError) -> RedisReply {
        try await send(RedisCommand(name, arguments: arguments))
    }

    /// The replies to `commands`, in order. They travel together, with no other task's command between them; that
    /// alone does not make them atomic (other clients may interleave): use MULTI and EXEC, or a script.
    package func pipeline(_ commands: [RedisCommand], errors: ErrorReplies = .thrown) async throws(RedisError)
        -> [RedisReply]
    {
        guard !commands.isEmpty else { return [] }
        let result = await withCheckedContinuation { thread.submit(.many(commands, $0)) }
        let replies = try result.get()
        guard errors == .thrown else { return replies }
        for (command, reply) in zip(commands, replies) {
            guard case .error(let code, let message) = reply else { continue }
            throw .server(code: code, message: message, operation: command.operation)
        }
        return replies
    }

    /// Ends the connection. Waiting callers get `RedisError.connection`, as does every later command. Returns at once,
    /// and may be called more than once.
    package func close() { thread.close() }
}
