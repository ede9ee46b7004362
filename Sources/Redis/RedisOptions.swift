/// How a `RedisClient` connects and how long it waits.
package struct RedisOptions: Sendable, Equatable {
    /// The longest time for a TCP or unix connection to be accepted. Name resolution is not included: the system's
    /// resolver has limits of its own.
    package var connectTimeout: Duration
    /// The longest silence of the server while it owes a reply. A long answer that keeps arriving is not cut off.
    package var commandTimeout: Duration
    /// Shown by `CLIENT LIST`; no spaces or line breaks (the server refuses them).
    package var clientName: String?

    /// - Precondition: both time-outs are positive.
    package init(
        connectTimeout: Duration = .seconds(10), commandTimeout: Duration = .seconds(10), clientName: String? = nil
    ) {
        precondition(connectTimeout > .zero && commandTimeout > .zero, "a time-out must be positive")
        self.connectTimeout = connectTimeout
        self.commandTimeout = commandTimeout
        self.clientName = clientName
    }
}
