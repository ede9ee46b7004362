/// What one caller waits for: one command, or a pipeline that is sent without a gap.
enum Submission: Sendable {
    case one(RedisCommand, CheckedContinuation<Result<RedisReply, RedisError>, Never>)
    case many([RedisCommand], CheckedContinuation<Result<[RedisReply], RedisError>, Never>)

    /// Never empty: an empty pipeline is answered before it gets here.
    var count: Int {
        switch self {
        case .one: 1
        case .many(let commands, _): commands.count
        }
    }

    func command(_ index: Int) -> RedisCommand {
        switch self {
        case .one(let command, _): command
        case .many(let commands, _): commands[index]
        }
    }

    func fail(_ error: RedisError) {
        switch self {
        case .one(_, let continuation): continuation.resume(returning: .failure(error))
        case .many(_, let continuation): continuation.resume(returning: .failure(error))
        }
    }
}
