/// A Lua script and the digest by which the server knows it.
package struct RedisScript: Sendable {
    /// How errors name the script.
    package let name: String
    package let source: [UInt8]
    /// SHA-1 of the source in lower-case hexadecimal, as EVALSHA wants it.
    package let digest: String

    package init(name: String, source: [UInt8]) {
        self.name = name
        self.source = source
        digest = SHA1.hexadecimal(source)
    }
}

extension RedisClient {
    /// Runs the script by its digest. Where the server does not have it (new server, restart, SCRIPT FLUSH), loads it
    /// and runs it once more: the first attempt did nothing, so this is safe.
    ///
    /// Errors name the operation `script` followed by the script's name.
    @discardableResult
    package func evaluate(_ script: RedisScript, keys: [String] = [], arguments: [any RedisArgument] = [])
        async throws(RedisError) -> RedisReply
    {
        let operation = "script \(script.name)"
        let call = RedisCommand(
            "EVALSHA", arguments: [script.digest, keys.count] + keys + arguments, operation: operation)
        do throws(RedisError) {
            return try await send(call)
        } catch .server("NOSCRIPT", _, _) {
            let load = RedisCommand("SCRIPT", arguments: ["LOAD", script.source], operation: operation)
            // One flush: no other command of this client comes between.
            return try await pipeline([load, call])[1]
        }
    }
}
