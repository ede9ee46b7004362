import TrawlCore

extension ShardFetcher {
    func page(_ request: PageRequest, _ attempt: Attempt) async throws -> (Page, Slot) {
        let source = source
        return try await send(.page, attempt, log: attempt.log.with("page", request.number)) {
            () async throws(FetchFailure) in
            try await source.fetch(request)
        }
    }

    func ask(_ request: JobRequest, _ attempt: Attempt) async throws -> JobAnswer {
        let source = source
        return try await send(.job, about: request.title, attempt, log: attempt.log) { () async throws(FetchFailure) in
            try await source.ask(request)
        }.0
    }

    /// Whether an attempt that went on from another's pages, and got none itself, gets one that was had before: it has
    /// asked for nothing else that could tell the page it lacks from an API that is down.
    func answersAgain(_ attempt: Attempt) async -> Bool {
        guard let size = attempt.continuedSize else { return false }
        let request = PageRequest(interval: attempt.shard.interval, position: .first, size: size)
        do {
            try await source.prepare()
            _ = try await slot(attempt.held)
            let source = source
            _ = try await self.request(.page, attempt) { () async throws(FetchFailure) in
                try await source.fetch(request)
            }
            return true
        } catch {
            attempt.log.debug("the first page does not come either: \(error)")
            return false
        }
    }

    /// Deletes the attempt's job at the API and forgets it. Tried once: a job that stays costs nothing but its place
    /// until the API removes it.
    func endJob(_ attempt: Attempt) async {
        guard let job = attempt.job else { return }
        attempt.job = nil
        do {
            _ = try await queue.keep(nil, for: attempt.lease)
            try await source.prepare()
            guard try await slot(attempt.held, atMost: options.jobEndTimeout) != nil else {
                return attempt.log.debug("job \(job) is left to the API: no slot in time")
            }
            let source = source
            _ = try await request(.job, attempt) { () async throws(FetchFailure) in try await source.ask(.delete(job)) }
        } catch {
            attempt.log.debug("job \(job) is left to the API: \(error)")
        }
    }

    /// One answer, asked for as often as it takes within the bounds of the retry table (design.md section 6).
    private func send<Answer: Sendable>(
        _ kind: RequestKind, about title: String? = nil, _ attempt: Attempt, log: Log,
        _ request: @Sendable () async throws(FetchFailure) -> Answer
    ) async throws -> (Answer, Slot) {
        let held = attempt.held
        var tries = 0
        var silences = 0
        var refusals: [FailureDetail] = []
        while true {
            try check(held)
            do throws(FetchFailure) {
                try await source.prepare()
            } catch {
                held.advance()
                held.note { $0.count(error) }
                observe(.unprepared(RequestOutcome(error)))
                tally.countFailure(error)
                try await recover(from: error, after: refusals, title, tries: &tries, attempt, log: log)
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
                Repetition.say(silences) { log.warning("cannot get a slot\($0): \(error)") }
                await pause(options.idleBackoff.delay(after: silences), attempt)
                continue
            }
            try check(held)
            do {
                return (try await self.request(kind, attempt, request), slot)
            } catch {
                tally.countFailure(error)
                try await recover(from: error, after: refusals, title, tries: &tries, attempt, log: log)
                if case .tokenRefused(let detail) = error { refusals.append(detail) }
            }
        }
    }

    /// Makes one request, for which there is a slot.
    private func request<Answer: Sendable>(
        _ kind: RequestKind, _ attempt: Attempt, _ make: @Sendable () async throws(FetchFailure) -> Answer
    ) async throws(FetchFailure) -> Answer {
        let held = attempt.held
        attempt.requests += 1
        tally.countRequest()
        held.note {
            $0.phase = .requesting
            $0.requests += 1
        }
        defer {
            held.advance()
            held.enter(.working)
        }
        let began = ContinuousClock.now
        do {
            let answer = try await make()
            observe(.request(kind, .ok, took: began.duration(to: .now)))
            return answer
        } catch {
            observe(.request(kind, RequestOutcome(error), took: began.duration(to: .now)))
            held.note { $0.count(error) }
            throw error
        }
    }

    /// Sleeps, or is woken early by a drain.
    func pause(_ duration: Duration, as phase: ShardActivity.Phase = .pausing, _ attempt: Attempt) async {
        attempt.held.enter(phase)
        await drain.sleep(for: duration)
        attempt.held.enter(.working)
    }

    private func check(_ held: HeldLease) throws {
        if held.isCancelled { throw Interruption.cancelled }
        if held.isLost { throw Interruption.lost }
        if drain.isRaised { throw Interruption.drained }
    }

    /// A slot, unless a drain, a cancel or the loss of the lease comes first: behind a gate the wait may be an hour.
    private func slot(_ held: HeldLease) async throws -> Slot {
        let drain = drain
        let slot = try await slot(held) { await drain.raised { held.isCancelled || held.isLost } }
        guard let slot else {
            try check(held)
            throw Interruption.drained
        }
        return slot
    }

    private func slot(_ held: HeldLease, atMost limit: Duration) async throws -> Slot? {
        // A cancelled sleep loses the race, or the slot is not wanted any more.
        try await slot(held, unless: { try? await Task.sleep(for: limit) })
    }

    private func slot(_ held: HeldLease, unless end: @escaping @Sendable () async -> Void) async throws -> Slot? {
        held.setWaiting(true)
        defer { held.setWaiting(false) }
        let began = ContinuousClock.now
        defer { observe(.slot(waited: began.duration(to: .now))) }
        let limiter = limiter
        return try await withThrowingTaskGroup(of: Slot?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await limiter.slot() }
            group.addTask {
                await end()
                return nil
            }
            return try await group.next() ?? nil
        }
    }

    /// Returns when the request may be made again. `refusals` is what the API said of the tokens before.
    private func recover(
        from failure: FetchFailure, after refusals: [FailureDetail], _ title: String?, tries: inout Int,
        _ attempt: Attempt, log: Log
    ) async throws {
        let (log, detail) = (log.with(failure.detail), failure.detail)
        let subject = title.map { "\($0): " } ?? ""
        switch failure {
        case .throttled(let retryAfter, _):
            log.warning("\(subject)\(detail.summary); the gate closes for everybody")
            do {
                try await limiter.throttled(retryAfter: retryAfter)
            } catch {
                // The server's word holds for this fetch at least.
                log.warning("cannot close the gate: \(error)")
                await pause(retryAfter ?? .seconds(1), attempt)
            }
        case .busy(let retryAfter, _):
            log.info("\(subject)\(detail.summary); waiting for other jobs to end")
            attempt.held.setWaiting(true)
            defer { attempt.held.setWaiting(false) }
            // Whoever waits for the same job to end does not come back at the same moment.
            await pause((retryAfter ?? .seconds(2)) + options.busyBackoff.delay(after: 1), attempt)
        case .transient, .unreachable:
            if Task.isCancelled { throw CancellationError() }
            tries += 1
            guard tries < options.pageTries else { throw Interruption.failed(failure) }
            let delay = options.pageBackoff.delay(after: tries)
            log.warning("\(subject)try \(tries) of \(options.pageTries): \(detail.summary)")
            await pause(delay, attempt)
        case .tokenRefused(let detail):
            guard refusals.count + 1 < options.tokenTries else { throw Interruption.failed(.denied(detail)) }
            log.debug("\(subject)the access token was refused; asking for another")
            // A fresh one may not be known to all of the API yet, or have been revoked together with the one before.
            if !refusals.isEmpty { await pause(options.pageBackoff.delay(after: refusals.count), attempt) }
        case .tooLarge(let detail): throw Interruption.pageTooLarge(detail)
        case .pageSizeRefused(let detail): throw Interruption.pageSizeRefused(detail)
        case .tooDeep(let detail): throw Interruption.tooDeep(detail)
        case .cursorRefused(let detail): throw Interruption.cursorRefused(detail)
        case .denied(let detail):
            guard var reason = refusals.last, reason != detail else { throw Interruption.failed(failure) }
            // The API's own reason and correlation id are worth more than the login's alone.
            reason.message += "; \(detail)"
            throw Interruption.failed(.denied(reason))
        case .refused: throw Interruption.failed(failure)
        }
    }
}

extension JobRequest {
    /// For messages.
    fileprivate var title: String {
        switch self {
        case .availability: "availability of data"
        case .submit: "submission of the job"
        case .status(let job): "state of job \(job)"
        case .delete(let job): "end of job \(job)"
        }
    }
}
