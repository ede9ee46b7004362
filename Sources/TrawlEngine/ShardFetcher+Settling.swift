import TrawlCore

extension ShardFetcher {
    /// A shard whose workers keep dying was taken off the schedule; the store remembers.
    func markPoisoned(_ lease: Lease) {
        do {
            try store.markDead(.poisoned(lease), shard: lease.shard.id)
        } catch {
            log.with("shard", lease.shard.id).error("cannot record the dead shard: \(error)")
        }
    }

    func settle(_ attempt: Attempt, _ outcome: Outcome) async throws {
        var children: [Shard] = []
        if case .split(let split) = outcome {
            children = split.children.map { Shard($0.interval, parentHits: split.hits) }
        }
        try await queue.finish(attempt.lease, children: children)
        await endJob(attempt)
    }

    func split(_ attempt: Attempt, hits: Int?) async throws -> Fate {
        let lease = attempt.lease
        let depth = plan.profile.paging.depth ?? plan.pageSize
        let children = lease.shard.children(hits: hits, depth: depth)
        guard children.count > 1 else {
            return await bury(
                attempt, .unsplittable, "more hits in one millisecond than the API pages through")
        }
        attempt.log.info("\(hits.map { "\($0) hits" } ?? "too many hits"); cut into \(children.count) shards")
        let outcome = Outcome.split(
            SplitOutcome(
                token: attempt.lease.token, children: children.map(\.id), hits: hits ?? Int.max,
                requests: attempt.requests))
        let standing = try store.commit(outcome, for: lease.shard.id)
        try await settle(attempt, standing)
        return .split
    }

    func bury(_ attempt: Attempt, _ cause: DeadMarker.Cause, _ reason: String) async -> Fate {
        let lease = attempt.lease
        attempt.log.error("gave up: \(reason)")
        let marker = DeadMarker(
            cause: cause, reason: reason, attempts: lease.attempts + 1, reclaims: lease.reclaims,
            requests: attempt.requests)
        do {
            try store.markDead(marker, shard: lease.shard.id)
            _ = try await queue.retry(lease, after: .zero, dead: true)
        } catch {
            attempt.log.error("cannot record the dead shard: \(error)")
        }
        await endJob(attempt)
        return .dead
    }

    func retry(_ attempt: Attempt, _ reason: String) async -> Fate {
        let delay = options.shardBackoff.delay(after: attempt.lease.attempts + 1)
        do {
            if try await queue.retry(attempt.lease, after: delay, dead: false) {
                return await bury(attempt, .attempts, reason)
            }
            attempt.log.warning("given back for a while: \(reason)")
        } catch {
            attempt.log.warning("cannot give the shard back, its lease will expire: \(error)")
        }
        return .retried
    }

    /// Gives the shard back until its data may be there.
    func postpone(_ attempt: Attempt, availableTo: Instant) async throws -> Fate {
        let missing = attempt.shard.interval.to.milliseconds - availableTo.milliseconds
        let delay = min(max(.milliseconds(missing), options.dataDelay.lowerBound), options.dataDelay.upperBound)
        attempt.log.info("the API's data is complete up to \(availableTo) only; not yet")
        await endJob(attempt)
        do {
            try await queue.postpone(attempt.lease, by: delay, availableTo: availableTo)
        } catch {
            attempt.log.warning("cannot give the shard back, its lease will expire: \(error)")
        }
        return .postponed
    }

    /// Gives the shard back untouched after a pause, keeping its lease meanwhile so that nobody else tries it at once.
    func waitOut(_ attempt: Attempt, _ reason: String) async -> Fate {
        attempt.log.warning("the API answers nobody, no attempt is charged: \(reason)")
        attempt.held.advance()
        await pause(options.outageBackoff.delay(after: 1), attempt)
        return await giveBack(attempt)
    }

    /// Gives the shard back untouched, with its job where a next owner will find it.
    func giveBack(_ attempt: Attempt) async -> Fate {
        if drain.isRaised, !options.leavesJobs { await endJob(attempt) }
        // A free task: the release must go through although this one may be cancelled.
        let (queue, lease) = (queue, attempt.lease)
        let released = await Task { try await queue.release(lease) }.result
        if case .failure(let error) = released {
            attempt.log.warning("cannot give the shard back, its lease will expire: \(error)")
        }
        return .released
    }

    func halt(_ attempt: Attempt, _ halt: Halt) async -> Fate {
        attempt.log.error("the run stops: \(halt.message)")
        do {
            try await queue.halt(halt)
        } catch {
            attempt.log.error("cannot stop the run: \(error)")
        }
        return await giveBack(attempt)
    }
}
