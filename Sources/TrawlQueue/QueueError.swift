/// What can go wrong in the queue beyond the transport, whose `RedisError` passes through unchanged.
package enum QueueError: Error, Hashable, Sendable {
    /// Redis holds no schedule of this run, or one of another epoch: the call changed nothing.
    case stale(run: String, epoch: Int)
    /// A newer schedule (or another one of the same epoch) stands: the installation changed nothing.
    case superseded(run: String, epoch: Int)
    /// The staged shards expired or were removed before they could be installed: nothing changed.
    case stagingLost(run: String)
    /// The budget of a run that Redis does not know cannot be counted.
    case unknownRun(String)
    /// A script answered what it never answers: another version's script, or damaged data.
    case unexpectedReply(script: String, problem: String)
    /// The name cannot be part of a key.
    case badName(String)
}

extension QueueError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .stale(let run, let epoch): "Redis holds no schedule of run \(run) for epoch \(epoch)"
        case .superseded(let run, let epoch): "run \(run) already has a schedule of epoch \(epoch) or a newer one"
        case .stagingLost(let run): "the new schedule of run \(run) was lost from Redis before it was complete"
        case .unknownRun(let run): "Redis does not know run \(run)"
        case .unexpectedReply(let script, let problem): "script \(script) gave an unusable answer: \(problem)"
        case .badName(let name):
            "\(name.debugDescription) is no usable name: 1 to 128 letters, digits, dots, dashes and underscores"
        }
    }
}
