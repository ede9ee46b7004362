import TrawlCore

extension ShardFetcher {
    /// Does what the walker says until the shard has an outcome, or has to be given back.
    func walk(_ attempt: Attempt) async throws -> Fate {
        let (shard, log) = (attempt.shard.id, attempt.log)
        let paging = plan.profile.paging
        var limits = WalkLimits(pageSize: min(plan.pageSize, knowledge.pageSize), depth: paging.depth)
        let writer = try begin(attempt, &limits)
        var walker = walker(attempt, limits: limits)
        var action = walker.start
        // How long the job at hand has been waited for.
        var jobSince = ContinuousClock.now
        while true {
            do {
                switch action {
                case .fetch(let position):
                    action = try await step(&walker, position, size: limits.pageSize, attempt, into: writer)
                case .fetchAgain(let position, let count):
                    // Without a total, no walk ends without this.
                    let (log, text) = (log.with("page", position.number), "it came without records; asking again")
                    if plan.profile.total == nil { log.debug(text) } else { log.warning(text) }
                    if !attempt.hasRecorded(position, walk: walker.walk) {
                        await pause(options.pageBackoff.delay(after: count), attempt)
                    }
                    action = try await step(&walker, position, size: limits.pageSize, attempt, into: writer)
                case .ask(let request, let poll):
                    if poll > 0 {
                        if jobSince.duration(to: .now) > options.jobTimeout, let overdue = walker.handleOverdue() {
                            action = overdue
                            try await follow(walker, attempt)
                            continue
                        }
                        await pause(options.pollBackoff.ceiling(after: poll), as: .polling, attempt)
                    }
                    action = walker.handle(try await answer(request, attempt))
                    if try await follow(walker, attempt) { jobSince = .now }
                case .notYet(let instant): return try await postpone(attempt, availableTo: instant)
                case .giveUp(let reason): return await retry(attempt, reason)
                case .walkAgain(let walk):
                    log.warning("the walk did not prove complete; walk \(walk) begins")
                    attempt.held.note { $0.begin(walk: walk) }
                    observe(.walkRepeated)
                    await pause(options.walkBackoff.delay(after: walk - 1), attempt)
                    action = walker.start
                case .split(let hits):
                    return try await split(attempt, hits: hits)
                case .unsplittable(let hits):
                    return await bury(
                        attempt, .unsplittable,
                        "\(hits) hits are more than the API pages through, and the interval cannot be cut")
                case .finish(let proof):
                    let finished = try writer.close()
                    let outcome = Outcome.part(
                        PartOutcome(
                            token: attempt.lease.token, part: finished.part, index: finished.index,
                            lines: finished.lines,
                            // The job is deleted when the outcome stands.
                            lineBytes: finished.lineBytes, requests: attempt.requests + (attempt.job == nil ? 0 : 1),
                            lastSlot: finished.lastSlot, proof: proof,
                            troubles: .init(attempt.lease, attempt.held.activity)))
                    // Should the commit fail half-way, an outcome may name this part: it stays until the store is swept.
                    attempt.writer = nil
                    let standing = try store.commit(outcome, for: shard)
                    if standing.token == attempt.lease.token {
                        observe(.shard(proof.verdict))
                    } else {
                        writer.discard()
                    }
                    report(proof, log: log)
                    try await settle(attempt, standing)
                    return .committed
                }
            } catch Interruption.pageTooLarge(let detail) {
                guard limits.pageSize > paging.pageSize.minimum else {
                    throw Interruption.failed(.refused(LargePage.smallest(detail, profile: plan.profile)))
                }
                limits.pageSize = max(paging.pageSize.minimum, (limits.pageSize + 1) / 2)
                log.with(detail).warning(LargePage.halved(detail, to: limits.pageSize))
                walker = self.walker(attempt, limits: limits, firstWalk: walker.walk + 1)
                action = walker.start
            } catch Interruption.pageSizeRefused(let detail) {
                guard limits.pageSize > paging.pageSize.minimum else { throw Interruption.failed(.refused(detail)) }
                // True of every shard: the next ones begin with what is left.
                knowledge.refused(pageSize: limits.pageSize, minimum: paging.pageSize.minimum)
                limits.pageSize = min(limits.pageSize, knowledge.pageSize)
                log.with(detail).warning("\(detail.summary); going on with \(limits.pageSize) records a page")
                walker = self.walker(attempt, limits: limits, firstWalk: walker.walk + 1)
                action = walker.start
            } catch Interruption.cursorRefused(let detail) {
                switch walker.handleRefusedCursor("\(detail)") {
                case .walkAgain(let walk)?:
                    log.with(detail).warning("\(detail.summary); the walk cannot go on")
                    action = .walkAgain(walk: walk)
                default: throw Interruption.failed(.refused(detail))
                }
                try await follow(walker, attempt)
            } catch Interruption.moved {
                log.info("the total has moved since the pages that an earlier attempt left; starting over")
                walker = self.walker(attempt, limits: limits, firstWalk: walker.walk + 1)
                action = walker.start
            } catch Interruption.tooDeep(let detail) {
                log.with(detail).warning("\(detail.summary); cutting the shard")
                return try await split(attempt, hits: nil)
            }
        }
    }

    /// Begins the part: with what an earlier attempt left, where the walk can go on from there.
    private func begin(_ attempt: Attempt, _ limits: inout WalkLimits) throws -> any PartWriter {
        let shard = attempt.shard.id
        if let walk = try store.recordedWalk(of: shard), walk.canBeContinued(by: plan.profile, job: attempt.job),
            let size = walk.pages.first?.note.size
        {
            do {
                let writer = try store.beginPart(of: shard, token: attempt.lease.token, continuing: walk)
                attempt.writer = writer
                attempt.goOn(after: walk)
                attempt.log.info("going on after page \(walk.pages.count), which an earlier attempt left")
                limits.pageSize = size
                return writer
            } catch StoreError.damaged(_, let reason) {
                attempt.log.debug("starting over: \(reason)")
            }
        }
        let writer = try store.beginPart(of: shard, token: attempt.lease.token, continuing: nil)
        attempt.writer = writer
        return writer
    }

    private func walker(_ attempt: Attempt, limits: WalkLimits, firstWalk: Int = 1) -> Walker {
        Walker(
            paging: plan.profile.paging, shard: attempt.shard, limits: limits, firstWalk: firstWalk, job: attempt.job,
            availableTo: knowledge.availableTo)
    }

    /// Fetches one page, and keeps its records.
    private func step(
        _ walker: inout Walker, _ position: PagePosition, size: Int, _ attempt: Attempt, into writer: any PartWriter
    ) async throws -> WalkAction {
        let walk = walker.walk
        if let page = attempt.takeRecorded(position, walk: walk) {
            attempt.held.note { $0.count(page, walk: walk) }
            let action = walker.handle(page)
            try await follow(walker, attempt)
            return action
        }
        let request = PageRequest(interval: attempt.shard.interval, position: position, size: size, job: walker.job)
        let (page, slot) = try await self.page(request, attempt)
        if attempt.hasMoved(page, walk: walk) { throw Interruption.moved }
        attempt.held.note { $0.count(page, walk: walk) }
        let action = walker.handle(page)
        switch action {
        case .split, .unsplittable, .notYet, .giveUp: break
        default:
            try writer.append(
                page.records,
                PageNote(
                    page, number: position.number, walk: walk, size: size, fetched: slot, job: request.job,
                    requests: attempt.requests))
        }
        tally.countPage(records: page.records.entries.count, bytes: page.wireBytes)
        observe(
            .page(
                records: page.records.entries.count, lineBytes: page.records.lines.count, wireBytes: page.wireBytes))
        try await follow(walker, attempt)
        return action
    }

    private func answer(_ request: JobRequest, _ attempt: Attempt) async throws -> JobAnswer {
        if request == .availability, let known = knowledge.freshAvailableTo { return .available(to: known) }
        let answer = try await ask(request, attempt)
        switch answer {
        case .available(let instant?): knowledge.note(availableTo: instant)
        case .submitted(let job): attempt.log.debug("job \(job) submitted")
        default: break
        }
        tally.countAnswer()
        return answer
    }

    /// Lets the shard's next owner know of the job the walker has now, and ends the one it had. Returns whether it is
    /// another.
    @discardableResult
    private func follow(_ walker: Walker, _ attempt: Attempt) async throws -> Bool {
        guard walker.job != attempt.job else { return false }
        await endJob(attempt)
        guard let job = walker.job else { return true }
        attempt.job = job
        do {
            if try await !queue.keep(job, for: attempt.lease) { throw Interruption.lost }
        } catch let error as Interruption {
            throw error
        } catch {
            attempt.log.warning("a next owner would not find job \(job): \(error)")
        }
        return true
    }

    private func report(_ proof: WalkProof, log: Log) {
        if proof.verdict == .unverifiable, let count = proof.pageCount, count > proof.pages {
            log.warning("the API counts \(count) pages, but the walk ended after \(proof.pages)")
        }
        if !proof.verdict.isAccepted {
            log.warning("kept, but \(proof.verdict.rawValue) after \(proof.walks) walks")
        } else {
            log.debug("\(proof.verdict.rawValue): \(proof.distinct) records, \(proof.pages) pages")
        }
    }
}
