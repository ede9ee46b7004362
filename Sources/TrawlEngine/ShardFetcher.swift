import TrawlCore

/// Fetches one shard under one lease: walks its pages into a part, and settles what became of it.
struct ShardFetcher: Sendable {
    /// What became of an attempt.
    enum Fate: Hashable, Sendable {
        case committed, split, retried, dead, released, lost, budgetSpent
    }

    private enum Interruption: Error {
        case lost
        case drained
        /// The walk cannot go on with this page size.
        case pageTooLarge(FailureDetail)
        case tooDeep(FailureDetail)
        case cursorRefused(FailureDetail)
        case failed(FetchFailure)
    }

    let plan: Plan
    let queue: any ShardQueue
    let limiter: any RequestLimiter
    let source: any PageSource
    let store: any ShardStore
    let options: WorkerOptions
    let tally: ProgressTally
    let drain: DrainFlag
    let log: Log

    func fetch(_ held: HeldLease) async -> Fate {
        let lease = held.lease
        let log = log.with("shard", lease.shard.id).with("attempt", lease.attempts + lease.reclaims + 1)
        var requests = 0
        let pagesBefore = tally.pagesSoFar
        do {
            if let outcome = try store.outcome(of: lease.shard.id) {
                log.info("already settled; taking it off the schedule")
                try await settle(lease, outcome)
                return .committed
            }
            return try await walk(held, requests: &requests, log: log)
        } catch Interruption.lost {
            return .lost
        } catch Interruption.drained {
            return await giveBack(lease, log: log)
        } catch is CancellationError {
            return await giveBack(lease, log: log)
        } catch is BudgetSpent {
            _ = await giveBack(lease, log: log)
            return .budgetSpent
        } catch Interruption.failed(.denied(let detail)) {
            return await halt(lease, Halt(code: 4, message: "the API refuses access: \(detail)"), log: log)
        } catch Interruption.failed(let failure) {
            if case .refused(let detail) = failure {
                return await bury(lease, .refused, "\(detail)", requests: requests, log: log)
            }
            if tally.pagesSoFar == pagesBefore {
                // Nobody got a page meanwhile: the API is down, and the shard is not to blame.
                return await waitOut(held, "\(failure)", log: log)
            }
            return await retry(lease, "\(failure)", requests: requests, log: log)
        } catch StoreError.full(let path, let reason) {
            return await halt(lease, Halt(code: 3, message: "\(StoreError.full(path: path, reason: reason))"), log: log)
        } catch let error as StoreError {
            return await retry(lease, "\(error)", requests: requests, log: log)
        } catch {
            // Only the queue is left, asked to finish a shard whose outcome stands: whoever claims it next finishes it.
            log.warning("\(error)")
            return .lost
        }
    }

    /// A shard whose workers keep dying was taken off the schedule; the store remembers.
    func markPoisoned(_ lease: Lease) {
        do {
            try store.markDead(.poisoned(lease), shard: lease.shard.id)
        } catch {
            log.with("shard", lease.shard.id).error("cannot record the dead shard: \(error)")
        }
    }

    // MARK: - Walking

    private func walk(_ held: HeldLease, requests: inout Int, log: Log) async throws -> Fate {
        let lease = held.lease
        let writer = try store.beginPart(of: lease.shard.id, token: lease.token)
        var keepsPart = false
        defer { if !keepsPart { writer.discard() } }
        let paging = plan.profile.paging
        var limits = WalkLimits(pageSize: plan.pageSize, depth: paging.depth)
        var walker = Walker(paging: paging, shard: lease.shard, limits: limits)
        var action = walker.start
        while true {
            do {
                switch action {
                case .fetch(let position):
                    action = try await step(
                        &walker, position, size: limits.pageSize, held: held, into: writer, requests: &requests,
                        log: log)
                case .fetchAgain(let position, let count):
                    // Without a total, no walk ends without this.
                    let text = "page \(position.number) came without records; asking again"
                    if plan.profile.total == nil { log.debug(text) } else { log.warning(text) }
                    await drain.sleep(for: options.pageBackoff.delay(after: count))
                    action = try await step(
                        &walker, position, size: limits.pageSize, held: held, into: writer, requests: &requests,
                        log: log)
                case .walkAgain(let walk):
                    log.warning("the walk did not prove complete; walk \(walk) begins")
                    await drain.sleep(for: options.walkBackoff.delay(after: walk - 1))
                    action = walker.start
                case .split(let hits):
                    return try await split(lease, hits: hits, requests: requests, log: log)
                case .unsplittable(let hits):
                    return await bury(
                        lease, .unsplittable,
                        "\(hits) hits are more than the API pages through, and the interval cannot be cut",
                        requests: requests, log: log)
                case .finish(let proof):
                    let finished = try writer.close()
                    let outcome = Outcome.part(
                        PartOutcome(
                            token: lease.token, part: finished.part, index: finished.index, lines: finished.lines,
                            lineBytes: finished.lineBytes, requests: requests, lastSlot: finished.lastSlot,
                            proof: proof))
                    // Should the commit fail half-way, an outcome may name this part: it stays until the store is swept.
                    keepsPart = true
                    let standing = try store.commit(outcome, for: lease.shard.id)
                    keepsPart = standing.token == lease.token
                    if proof.verdict == .unverifiable, let count = proof.pageCount, count > proof.pages {
                        log.warning("the API counts \(count) pages, but the walk ended after \(proof.pages)")
                    }
                    if !proof.verdict.isAccepted {
                        log.warning("kept, but \(proof.verdict.rawValue) after \(proof.walks) walks")
                    } else {
                        log.debug("\(proof.verdict.rawValue): \(proof.distinct) records, \(proof.pages) pages")
                    }
                    try await settle(lease, standing)
                    return .committed
                }
            } catch Interruption.pageTooLarge(let detail) {
                guard limits.pageSize > paging.pageSize.minimum else {
                    throw Interruption.failed(.refused(LargePage.smallest(detail, profile: plan.profile)))
                }
                limits.pageSize = max(paging.pageSize.minimum, (limits.pageSize + 1) / 2)
                log.warning(LargePage.halved(detail, to: limits.pageSize))
                walker = Walker(paging: paging, shard: lease.shard, limits: limits, firstWalk: walker.walk + 1)
                action = walker.start
            } catch Interruption.cursorRefused(let detail) {
                log.warning("\(detail); the cursor is no longer good")
                guard case .walkAgain(let walk)? = walker.handleRefusedCursor() else {
                    throw Interruption.failed(.refused(detail))
                }
                action = .walkAgain(walk: walk)
            } catch Interruption.tooDeep(let detail) {
                log.warning("\(detail); cutting the shard")
                return try await split(lease, hits: nil, requests: requests, log: log)
            }
        }
    }

    private func step(
        _ walker: inout Walker, _ position: PagePosition, size: Int, held: HeldLease, into writer: any PartWriter,
        requests: inout Int, log: Log
    ) async throws -> WalkAction {
        let request = PageRequest(interval: held.lease.shard.interval, position: position, size: size)
        let (page, slot) = try await self.page(request, held: held, requests: &requests, log: log)
        let walk = walker.walk
        let action = walker.handle(page)
        switch action {
        case .split, .unsplittable: break
        default: try writer.append(page.records, page: position.number, walk: walk, fetched: slot)
        }
        tally.countPage(records: page.records.entries.count, bytes: page.wireBytes)
        return action
    }

    /// One page, asked for as often as it takes within the bounds of the retry table (design.md section 6).
    private func page(
        _ request: PageRequest, held: HeldLease, requests: inout Int, log: Log
    ) async throws -> (Page, Slot) {
        var tries = 0
        var silences = 0
        var refusal: FailureDetail?
        while true {
            if held.isLost { throw Interruption.lost }
            if drain.isRaised { throw Interruption.drained }
            do throws(FetchFailure) {
                try await source.prepare()
            } catch {
                held.advance()
                tally.countFailure(error)
                try await recover(from: error, after: refusal, page: request.number, tries: &tries, log: log)
                continue
            }
            let slot: Slot
            do {
                slot = try await self.slot(held)
            } catch let error as BudgetSpent {
                throw error
            } catch let error as Interruption {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                silences += 1
                log.warning("cannot get a slot: \(error)")
                await drain.sleep(for: options.idleBackoff.delay(after: silences))
                continue
            }
            if held.isLost { throw Interruption.lost }
            if drain.isRaised { throw Interruption.drained }
            requests += 1
            tally.countRequest()
            do {
                let page = try await source.fetch(request)
                held.advance()
                return (page, slot)
            } catch {
                held.advance()
                tally.countFailure(error)
                try await recover(from: error, after: refusal, page: request.number, tries: &tries, log: log)
                if case .tokenRefused(let detail) = error { refusal = detail }
            }
        }
    }

    /// A slot, unless a drain comes first: behind a gate the wait may be an hour.
    private func slot(_ held: HeldLease) async throws -> Slot {
        held.setWaiting(true)
        defer { held.setWaiting(false) }
        let (limiter, drain) = (limiter, drain)
        return try await withThrowingTaskGroup(of: Slot?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await limiter.slot() }
            group.addTask {
                await drain.raisedOrCancelled()
                return nil
            }
            guard let first = try await group.next(), let slot = first else { throw Interruption.drained }
            return slot
        }
    }

    /// Returns when the page may be asked for again. `refusal` is what the API said of the token before.
    private func recover(
        from failure: FetchFailure, after refusal: FailureDetail?, page: Int, tries: inout Int, log: Log
    ) async throws {
        switch failure {
        case .throttled(let retryAfter, let detail):
            log.warning("page \(page): \(detail); the gate closes for everybody")
            do {
                try await limiter.throttled(retryAfter: retryAfter)
            } catch {
                // The server's word holds for this fetch at least.
                log.warning("cannot close the gate: \(error)")
                await drain.sleep(for: retryAfter ?? .seconds(1))
            }
        case .transient, .unreachable:
            if Task.isCancelled { throw CancellationError() }
            tries += 1
            guard tries < options.pageTries else { throw Interruption.failed(failure) }
            let delay = options.pageBackoff.delay(after: tries)
            log.warning("page \(page), try \(tries) of \(options.pageTries): \(failure)")
            await drain.sleep(for: delay)
        case .tokenRefused(let detail):
            guard refusal == nil else { throw Interruption.failed(.denied(detail)) }
            log.debug("page \(page): the access token was refused; asking for another")
        case .tooLarge(let detail): throw Interruption.pageTooLarge(detail)
        case .tooDeep(let detail): throw Interruption.tooDeep(detail)
        case .cursorRefused(let detail): throw Interruption.cursorRefused(detail)
        case .denied(let detail):
            guard var reason = refusal, reason != detail else { throw Interruption.failed(failure) }
            // The API's own reason and correlation id are worth more than the login's alone.
            reason.message += "; \(detail)"
            throw Interruption.failed(.denied(reason))
        case .refused: throw Interruption.failed(failure)
        }
    }

    // MARK: - Settling

    private func settle(_ lease: Lease, _ outcome: Outcome) async throws {
        var children: [Shard] = []
        if case .split(let split) = outcome {
            children = split.children.map { Shard($0.interval, parentHits: split.hits) }
        }
        try await queue.finish(lease, children: children)
    }

    private func split(_ lease: Lease, hits: Int?, requests: Int, log: Log) async throws -> Fate {
        let depth = plan.profile.paging.depth ?? plan.pageSize
        let children = lease.shard.children(hits: hits, depth: depth)
        guard children.count > 1 else {
            return await bury(
                lease, .unsplittable, "more hits in one millisecond than the API pages through", requests: requests,
                log: log)
        }
        log.info("\(hits.map { "\($0) hits" } ?? "too many hits"); cut into \(children.count) shards")
        let outcome = Outcome.split(
            SplitOutcome(token: lease.token, children: children.map(\.id), hits: hits ?? Int.max, requests: requests))
        let standing = try store.commit(outcome, for: lease.shard.id)
        try await settle(lease, standing)
        return .split
    }

    private func bury(_ lease: Lease, _ cause: DeadMarker.Cause, _ reason: String, requests: Int, log: Log) async
        -> Fate
    {
        log.error("gave up: \(reason)")
        let marker = DeadMarker(
            cause: cause, reason: reason, attempts: lease.attempts + 1, reclaims: lease.reclaims, requests: requests)
        do {
            try store.markDead(marker, shard: lease.shard.id)
            _ = try await queue.retry(lease, after: .zero, dead: true)
        } catch {
            log.error("cannot record the dead shard: \(error)")
        }
        return .dead
    }

    private func retry(_ lease: Lease, _ reason: String, requests: Int, log: Log) async -> Fate {
        let delay = options.shardBackoff.delay(after: lease.attempts + 1)
        do {
            if try await queue.retry(lease, after: delay, dead: false) {
                return await bury(lease, .attempts, reason, requests: requests, log: log)
            }
            log.warning("given back for a while: \(reason)")
        } catch {
            log.warning("cannot give the shard back, its lease will expire: \(error)")
        }
        return .retried
    }

    /// Gives the shard back untouched after a pause, keeping its lease meanwhile so that nobody else tries it at once.
    private func waitOut(_ held: HeldLease, _ reason: String, log: Log) async -> Fate {
        log.warning("the API answers nobody, no attempt is charged: \(reason)")
        held.advance()
        await drain.sleep(for: options.outageBackoff.delay(after: 1))
        return await giveBack(held.lease, log: log)
    }

    private func giveBack(_ lease: Lease, log: Log) async -> Fate {
        // A free task: the release must go through although this one may be cancelled.
        let queue = queue
        let released = await Task { try await queue.release(lease) }.result
        if case .failure(let error) = released {
            log.warning("cannot give the shard back, its lease will expire: \(error)")
        }
        return .released
    }

    private func halt(_ lease: Lease, _ halt: Halt, log: Log) async -> Fate {
        log.error("the run stops: \(halt.message)")
        do {
            try await queue.halt(halt)
        } catch {
            log.error("cannot stop the run: \(error)")
        }
        return await giveBack(lease, log: log)
    }
}
