import CHiredis
import Glibc

/// The thread that owns a client's connection.
///
/// It sleeps until commands are queued, takes the whole queue, writes it in one go, reads all the replies, and looks
/// again. Commands that arrive meanwhile make up the next batch: the busier the client, the larger its batches, with
/// no timer and no tuning. Order is the order of submission. A dedicated thread, because a blocked pool thread of
/// Swift concurrency is a lost core.
final class ConnectionThread: Sendable {
    private enum Phase {
        /// No thread yet: it starts with the first command.
        case dormant
        case running
        /// Nobody can submit any more: answer what is queued, then end.
        case draining
        case closed
    }

    private struct State {
        var phase = Phase.dormant
        var queue: [Submission] = []
        /// Whether the thread sleeps and needs a signal.
        var isIdle = false
        /// Interrupts the thread while it waits for the server. Valid while the thread runs.
        var wake: Int32 = -1
    }

    private let url: RedisURL
    private let options: RedisOptions
    private let monitor = Monitor(State())

    init(_ url: RedisURL, _ options: RedisOptions) {
        self.url = url
        self.options = options
    }

    /// The submission is resumed exactly once, now or later.
    func submit(_ submission: Submission) {
        let refusal: String? = monitor.withLock { state in
            switch state.phase {
            case .dormant:
                if let problem = start(&state) { return problem }
            case .running: break
            case .draining, .closed: return TransportFailure.closed.text
            }
            state.queue.append(submission)
            if state.isIdle {
                state.isIdle = false
                monitor.signal()
            }
            return nil
        }
        guard let refusal else { return }
        submission.fail(.connection(operation: submission.command(0).operation, cause: refusal, mayHaveRun: false))
    }

    /// Fails what is queued, interrupts what is under way. Returns at once.
    func close() {
        let queued: [Submission] = monitor.withLock { state in
            state.phase = .closed
            if state.wake >= 0 { eventfd_write(state.wake, 1) }
            monitor.signal()
            defer { state.queue = [] }
            return state.queue
        }
        var batch = Batch(queued)
        batch.fail(.closed, sent: -1, timeout: options.commandTimeout)
    }

    /// Lets the thread end after the commands it already has.
    func drain() {
        monitor.withLock { state in
            if state.phase == .running { state.phase = .draining }
            monitor.signal()
        }
    }

    /// A problem in words, or nil once the thread runs.
    private func start(_ state: inout State) -> String? {
        let wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wake >= 0 else { return "cannot create an eventfd: \(TransportFailure.system().text)" }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        let reference = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
            Unmanaged<ConnectionThread>.fromOpaque(pointer!).takeRetainedValue().run()
            return nil
        }
        let code = pthread_create(&thread, &attributes, body, reference.toOpaque())
        guard code == 0 else {
            reference.release()
            Glibc.close(wake)
            return "cannot start a thread: \(TransportFailure.system(code).text)"
        }
        state.wake = wake
        state.phase = .running
        return nil
    }

    private func run() {
        var connection: Connection?
        while let (submissions, wake) = next() {
            var batch = Batch(submissions)
            serve(&batch, with: &connection, wake: wake)
        }
        // The descriptor's number may be reused as soon as it is closed, so nobody may still find it in the state.
        monitor.withLock { state in
            Glibc.close(state.wake)
            state.wake = -1
        }
    }

    /// Everything that is queued, or nil when the thread should end.
    private func next() -> (submissions: [Submission], wake: Int32)? {
        monitor.wait { state in
            if !state.queue.isEmpty {
                defer { state.queue = [] }
                return .some((state.queue, state.wake))
            }
            switch state.phase {
            case .draining, .closed: return .some(nil)
            case .dormant, .running:
                state.isIdle = true
                return nil
            }
        }
    }

    /// At most one attempt to connect per batch: while the server is down, the pace is that of the callers.
    private func serve(_ batch: inout Batch, with connection: inout Connection?, wake: Int32) {
        if connection?.isUsable == false { connection = nil }
        let usable: Connection
        do throws(RedisError) {
            if let connection { usable = connection } else { usable = try Connection(url, options, wake: wake) }
        } catch {
            batch.fail(error)
            return
        }
        do throws(TransportFailure) {
            try usable.transfer(batch.output, replies: batch.replies) { batch.take($0) }
            connection = usable
        } catch {
            connection = nil
            batch.fail(error, sent: usable.sent, timeout: options.commandTimeout)
        }
    }
}
