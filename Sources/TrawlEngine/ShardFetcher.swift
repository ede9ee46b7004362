import TrawlCore

/// Fetches one shard under one lease: walks its pages into a part, and settles what became of it.
struct ShardFetcher: Sendable {
    typealias Fate = AttemptEnd

    let plan: Plan
    let queue: any ShardQueue
    let limiter: any RequestLimiter
    let source: any PageSource
    let store: any ShardStore
    let options: WorkerOptions
    let tally: ProgressTally
    let drain: DrainFlag
    let log: Log
    let observe: WorkerObserver
    let knowledge = APIKnowledge()

    func fetch(_ held: HeldLease) async -> Fate {
        let attempt = Attempt(held, log: log)
        let fate = await fetch(attempt)
        switch fate {
        // Whoever comes next goes on from there.
        case .released, .retried, .lost, .budgetSpent: attempt.writer?.suspend()
        case .committed, .split, .postponed, .dead: attempt.writer?.discard()
        }
        observe(.attempt(fate))
        return fate
    }

    private func fetch(_ attempt: Attempt) async -> Fate {
        let answersBefore = tally.answersSoFar
        do {
            if let outcome = try store.outcome(of: attempt.shard.id) {
                attempt.log.info("already settled; taking it off the schedule")
                try await settle(attempt, outcome)
                return .committed
            }
            if let marker = try store.deadMarker(of: attempt.shard.id) {
                // A schedule that came back from an older snapshot does not know.
                attempt.log.info("already dead: \(marker.reason)")
                _ = try await queue.retry(attempt.lease, after: .zero, dead: true)
                return .dead
            }
            return try await walk(attempt)
        } catch Interruption.lost {
            return .lost
        } catch Interruption.drained {
            return await giveBack(attempt)
        } catch Interruption.cancelled {
            attempt.log.info("the run was cancelled")
            await endJob(attempt)
            return await giveBack(attempt)
        } catch is CancellationError {
            return await giveBack(attempt)
        } catch is BudgetSpent {
            _ = await giveBack(attempt)
            return .budgetSpent
        } catch Interruption.failed(.denied(let detail)) {
            return await halt(attempt, Halt(code: 4, message: "the API refuses access: \(detail)"))
        } catch Interruption.failed(let failure) {
            if case .refused(let detail) = failure { return await bury(attempt, .refused, "\(detail)") }
            // When nobody got an answer meanwhile the API is down, and the shard is not to blame.
            if tally.answersSoFar == answersBefore, await !answersAgain(attempt) {
                return await waitOut(attempt, "\(failure)")
            }
            return await retry(attempt, "\(failure)")
        } catch StoreError.full(let path, let reason) {
            return await halt(attempt, Halt(code: 3, message: "\(StoreError.full(path: path, reason: reason))"))
        } catch let error as StoreError {
            return await retry(attempt, "\(error)")
        } catch {
            // Only the queue is left, asked to finish a shard whose outcome stands: whoever claims it next finishes it.
            attempt.log.warning("\(error)")
            return .lost
        }
    }
}
