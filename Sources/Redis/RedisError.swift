/// Everything that can go wrong between a caller and its Redis reply.
///
/// No case ever carries an argument of a command, a password, or the text of a URL's user information.
package enum RedisError: Error, Equatable, Sendable {
    /// The URL cannot be used; `problem` names the part at fault.
    case invalidURL(problem: String)
    /// No connection could be made. Nothing was sent on behalf of the caller.
    case connect(address: String, cause: String)
    /// The connection failed, or was closed, before the reply came.
    ///
    /// `mayHaveRun` is false only when the server cannot have received the command whole; the caller may then send it
    /// again without doubt. For a pipeline it is true as soon as its first command may have run.
    case connection(operation: String, cause: String, mayHaveRun: Bool)
    /// The server was silent for `after` while this command's reply was owed. The command may have run, or may still.
    case timeout(operation: String, after: Duration)
    /// The server answered with an error. `code` is its first word (`OOM`, `NOAUTH`, `WRONGPASS`, `ERR`...), or empty
    /// where the server sent none. During the set-up of a connection `operation` is the set-up step, and the caller's
    /// own command was not sent.
    case server(code: String, message: String, operation: String)
    /// The reply was not of the kind the caller asked for.
    case unexpectedReply(expected: String, got: String)
}

extension RedisError {
    /// Whether the failed command may have taken effect on the server. An error reply counts as "no": Redis rejects
    /// a command before it changes anything, except that a failing script may have written before the fault.
    package var mayHaveRun: Bool {
        switch self {
        case .invalidURL, .connect, .server: false
        case .connection(_, _, let mayHaveRun): mayHaveRun
        case .timeout, .unexpectedReply: true
        }
    }
}

extension RedisError: CustomStringConvertible {
    /// One line for a person: what failed, why, and whether the command may have run.
    package var description: String {
        let text =
            switch self {
            case .invalidURL(let problem): "invalid Redis URL: \(problem)"
            case .connect(let address, let cause): "cannot connect to Redis at \(address): \(cause)"
            case .connection(let operation, let cause, let mayHaveRun):
                "Redis connection failed during \(operation): \(cause)"
                    + (mayHaveRun ? " (it may have run)" : " (it did not run)")
            case .timeout(let operation, let after):
                "no reply from Redis to \(operation) within \(after) (it may have run)"
            case .server(let code, let message, let operation):
                "Redis refused \(operation): " + (code.isEmpty ? message : "\(code) \(message)")
            case .unexpectedReply(let expected, let got): "unexpected Redis reply: expected \(expected), got \(got)"
            }
        // Server text and script names are not ours: a line break in them must not forge a second log line.
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
