/// What the process ends with (design.md section 10).
enum ExitCode {
    static let complete: Int32 = 0
    static let unclassified: Int32 = 1
    static let incomplete: Int32 = 3
    static let denied: Int32 = 4
    static let integrity: Int32 = 5
    static let stopped: Int32 = 6
    static let usage: Int32 = 64

    static func signalled(_ signal: Int32) -> Int32 { 128 + signal }
}

/// An end that is not a success: one line for the operator, and the code.
struct Failure: Error {
    let code: Int32
    let message: String

    init(_ code: Int32, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A mistake in the command itself. Nothing was created.
    static func usage(_ message: String) -> Failure { Failure(ExitCode.usage, message) }
}
