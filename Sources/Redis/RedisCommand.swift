/// One command, encoded once by the task that makes it, so that the connection's thread only copies bytes.
package struct RedisCommand: Sendable {
    /// How errors name this command: its own name unless told otherwise. Never an argument.
    package let operation: String
    let encoded: [UInt8]

    package init(_ name: String, _ arguments: any RedisArgument...) {
        self.init(name, arguments: arguments)
    }

    package init(_ name: String, arguments: [any RedisArgument], operation: String? = nil) {
        var encoder = RESPEncoder(count: arguments.count + 1)
        name.append(to: &encoder)
        for argument in arguments { argument.append(to: &encoder) }
        encoded = encoder.bytes
        self.operation = operation ?? name
    }
}
