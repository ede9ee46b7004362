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

    /// A row of 'trawl help exit-codes'.
    struct Row: Sendable {
        let codes: [Int32]
        let meaning: String
        /// What the operator does about it; nil where there is nothing to do.
        let advice: String?
    }

    static let rows: [Row] = [
        Row(codes: [complete], meaning: "complete and verified, or the command did what it says", advice: nil),
        Row(
            codes: [incomplete],
            meaning:
                "incomplete but resumable: shards owed, dead or skipped, API or Redis unreachable, disk full, cancelled",
            advice: "read the last line, run the same command again; 'trawl dead list DIR' where shards gave up"),
        Row(codes: [denied], meaning: "no credentials, wrong ones, or no permission", advice: "mend them"),
        Row(
            codes: [integrity],
            meaning: "integrity: a shard did not prove complete, a record had to be kept aside, or a file is damaged",
            advice: "'trawl verify DIR' says what, 'trawl repair DIR' mends it"),
        Row(
            codes: [stopped], meaning: "stopped by --deadline or --max-requests",
            advice: "run the same command again, with a new limit"),
        Row(
            codes: [usage], meaning: "a mistake in the command, or a directory that holds or serves something else",
            advice: "read the line; nothing was created"),
        Row(
            codes: [signalled(2), signalled(15)], meaning: "'trawl run' was ended by SIGINT or SIGTERM",
            advice: "run the same command again"),
        Row(codes: [unclassified], meaning: "anything else", advice: "read the line"),
    ]
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
