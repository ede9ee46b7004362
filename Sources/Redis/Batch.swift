/// The submissions of one flush, and the book-keeping that resumes each caller exactly once: `take` for every reply in
/// order, then `fail` for whoever is left.
struct Batch {
    private let submissions: [Submission]
    /// The first submission that still waits.
    private var current = 0
    /// The replies to the current submission so far.
    private var collected: [RedisReply] = []

    let output: [UInt8]
    /// For each submission, where in `output` its first command is complete.
    private let firstEnds: [Int]
    let replies: Int

    init(_ submissions: [Submission]) {
        self.submissions = submissions
        var replies = 0
        if submissions.count == 1, case .one(let command, _) = submissions[0] {
            // The usual case at low load, and the one with the largest values: no copy.
            (output, firstEnds, replies) = (command.encoded, [command.encoded.count], 1)
        } else {
            var (bytes, ends): ([UInt8], [Int]) = ([], [])
            for submission in submissions {
                ends.append(bytes.count + submission.command(0).encoded.count)
                for index in 0..<submission.count { bytes.append(contentsOf: submission.command(index).encoded) }
                replies += submission.count
            }
            (output, firstEnds) = (bytes, ends)
        }
        self.replies = replies
    }

    mutating func take(_ reply: RedisReply) {
        let submission = submissions[current]
        switch submission {
        case .one(_, let continuation):
            continuation.resume(returning: .success(reply))
        case .many(let commands, let continuation):
            collected.append(reply)
            guard collected.count == commands.count else { return }
            continuation.resume(returning: .success(collected))
            collected = []
        }
        current += 1
    }

    /// Before anything was sent.
    mutating func fail(_ error: RedisError) {
        for submission in submissions[current...] { submission.fail(error) }
        current = submissions.count
    }

    /// - Parameter sent: how many bytes of `output` the kernel took. Less than one whole command cannot have run.
    mutating func fail(_ failure: TransportFailure, sent: Int, timeout: Duration) {
        for index in current..<submissions.count {
            let answered = index == current ? collected.count : 0
            let operation = submissions[index].command(answered).operation
            let mayHaveRun = sent >= firstEnds[index]
            if case .timedOut = failure, mayHaveRun {
                submissions[index].fail(.timeout(operation: operation, after: timeout))
            } else {
                submissions[index].fail(
                    .connection(operation: operation, cause: failure.text, mayHaveRun: mayHaveRun))
            }
        }
        current = submissions.count
    }
}
