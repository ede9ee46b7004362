import CCurl

/// The transfers under way on one multi handle. Confined to the loop thread.
///
/// A job that was started is finished exactly once: when it leaves `active`, or at once if it never gets there.
struct Transfers: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    private var handles: EasyHandlePool
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private let clock = ContinuousClock()
    // No check is due before this instant, so that most turns of the loop look at no transfer at all.
    private var nextCheck: ContinuousClock.Instant?

    init(multi: UnsafeMutableRawPointer, spareHandles: Int) {
        self.multi = multi
        handles = EasyHandlePool(capacity: spareHandles)
    }

    mutating func start(_ job: Job) {
        guard !job.ticket.isCancelled else { return job.finish(.failure(.cancelled)) }
        guard let easy = handles.take() else { fatalError("out of memory") }
        do throws(HTTPError) {
            let transfer = try Transfer(job, on: easy, now: clock.now)
            let code = curl_multi_add_handle(multi, easy)
            guard code == CURLM_OK else {
                throw .transfer(host: job.request.host, reason: String(cString: curl_multi_strerror(code)))
            }
            active[easy] = transfer
            nextCheck = min(nextCheck ?? transfer.nextCheck, transfer.nextCheck)
        } catch {
            curl_easy_cleanup(easy)
            job.finish(.failure(error))
        }
    }

    /// Nothing if the transfer has ended already or was never started.
    mutating func cancel(_ ticket: Ticket) {
        guard let transfer = active.values.first(where: { $0.job.ticket === ticket }) else { return }
        end(transfer, with: .failure(.cancelled))
    }

    /// Moves bytes, finishes what is complete and what has expired.
    mutating func advance() {
        var running: Int32 = 0
        let code = curl_multi_perform(multi, &running)
        precondition(code == CURLM_OK, "curl_multi_perform: \(String(cString: curl_multi_strerror(code)))")
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = active[easy]
            else { continue }
            end(transfer, with: transfer.result(message.pointee.data.result))
        }
        expire()
    }

    /// Milliseconds that curl_multi_poll may wait if nothing happens.
    func longestSleep() -> Int32 {
        guard let nextCheck else { return 60_000 }
        let left = max(.zero, nextCheck - clock.now)
        let milliseconds = left / .milliseconds(1)
        return Int32(min(milliseconds.rounded(.up), 60_000))
    }

    /// Fails everything as closed and releases the multi handle.
    consuming func close(unstarted messages: [TransferLoop.Message]) {
        for case .start(let job) in messages { job.finish(.failure(.closed)) }
        for (easy, transfer) in active {
            transfer.job.finish(.failure(.closed))
            curl_multi_remove_handle(multi, easy)
            curl_easy_cleanup(easy)
        }
        active = [:]
        curl_multi_cleanup(multi)
    }

    private mutating func expire() {
        guard let due = nextCheck, clock.now >= due else { return }
        let now = clock.now
        for transfer in Array(active.values) {
            if let error = transfer.expired(at: now) { end(transfer, with: .failure(error)) }
        }
        nextCheck = active.values.map(\.nextCheck).min()
    }

    private mutating func end(_ transfer: Transfer, with result: Result<ReceivedResponse, HTTPError>) {
        active[transfer.easy] = nil
        // For a transfer that is not complete this also closes its connection.
        curl_multi_remove_handle(multi, transfer.easy)
        if case .success = result {
            handles.give(back: transfer.easy)
        } else {
            // Not used again: a handle taken away early keeps its receive buffer, and then curl_easy_setopt refuses
            // CURLOPT_BUFFERSIZE, even after a reset.
            curl_easy_cleanup(transfer.easy)
        }
        transfer.job.finish(result)
    }
}
