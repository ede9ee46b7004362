import Synchronization
import TrawlCore

/// Counts what a worker does, from many tasks, until the next beat reports it.
package final class ProgressTally: Sendable {
    private let requests = Atomic(0)
    private let records = Atomic(0)
    private let bytes = Atomic(0)
    private let throttled = Atomic(0)
    private let failures = Atomic(0)
    private let unreachable = Atomic(0)
    private let pages = Atomic(0)
    private let answers = Atomic(0)

    /// Answers since the process began.
    private let allAnswers = Atomic(0)

    package init() {}

    /// How many answers of use have come so far, over all shards: when it stands still, nobody gets anything.
    var answersSoFar: Int { allAnswers.load(ordering: .relaxed) }

    func countRequest() { requests.wrappingAdd(1, ordering: .relaxed) }

    /// What was said of a job.
    func countAnswer() {
        answers.wrappingAdd(1, ordering: .relaxed)
        allAnswers.wrappingAdd(1, ordering: .relaxed)
    }

    func countPage(records count: Int, bytes size: Int) {
        countAnswer()
        pages.wrappingAdd(1, ordering: .relaxed)
        records.wrappingAdd(count, ordering: .relaxed)
        bytes.wrappingAdd(size, ordering: .relaxed)
    }

    func countFailure(_ failure: FetchFailure) {
        switch failure {
        // Waiting for other jobs is no failure.
        case .busy: break
        case .throttled:
            throttled.wrappingAdd(1, ordering: .relaxed)
        case .unreachable:
            unreachable.wrappingAdd(1, ordering: .relaxed)
            failures.wrappingAdd(1, ordering: .relaxed)
        default:
            failures.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// What was counted since the last call.
    func take() -> Progress {
        var progress = Progress()
        progress.requests = requests.exchange(0, ordering: .relaxed)
        progress.records = records.exchange(0, ordering: .relaxed)
        progress.bytes = bytes.exchange(0, ordering: .relaxed)
        progress.throttled = throttled.exchange(0, ordering: .relaxed)
        progress.failures = failures.exchange(0, ordering: .relaxed)
        progress.unreachable = unreachable.exchange(0, ordering: .relaxed)
        progress.pages = pages.exchange(0, ordering: .relaxed)
        progress.answers = answers.exchange(0, ordering: .relaxed)
        return progress
    }

    /// Puts back what could not be reported, so that the next beat carries it.
    func putBack(_ progress: Progress) {
        requests.wrappingAdd(progress.requests, ordering: .relaxed)
        records.wrappingAdd(progress.records, ordering: .relaxed)
        bytes.wrappingAdd(progress.bytes, ordering: .relaxed)
        throttled.wrappingAdd(progress.throttled, ordering: .relaxed)
        failures.wrappingAdd(progress.failures, ordering: .relaxed)
        unreachable.wrappingAdd(progress.unreachable, ordering: .relaxed)
        pages.wrappingAdd(progress.pages, ordering: .relaxed)
        answers.wrappingAdd(progress.answers, ordering: .relaxed)
    }
}
