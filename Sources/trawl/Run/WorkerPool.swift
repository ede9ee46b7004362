import TrawlCore

/// The worker processes of one `trawl run`.
actor WorkerPool {
    struct Ended: Sendable {
        let name: String
        let end: ChildProcess.End
    }

    private let arguments: @Sendable (_ name: String) -> [String]
    private let environment: [String: String]
    private let handover: String
    private let log: Log
    private var live: [String: ChildProcess] = [:]
    private var ended: [Ended] = []
    private var started = 0

    /// `secrets` reach a worker through its standard input. `arguments` is the whole command line of the worker with
    /// that name.
    init(
        environment: [String: String], secrets: [String: String], log: Log,
        arguments: @escaping @Sendable (_ name: String) -> [String]
    ) {
        self.environment = environment
        handover = ControlLine.handover(secrets)
        self.log = log
        self.arguments = arguments
    }

    var liveCount: Int { live.count }

    func start() async throws {
        started += 1
        let label = "worker-\(started)"
        let name = "\(ProcessIdentity.name).\(label)"
        let log = log
        let child = try await ChildProcess.start(
            arguments(name), environment: environment, ownSession: false,
            errorLine: { WorkerLine.relay($0, label: label, to: log) })
        child.tell(handover)
        live[name] = child
        Task { self.note(name, await child.end) }  // ends with the process it watches
    }

    private func note(_ name: String, _ end: ChildProcess.End) {
        live[name] = nil
        ended.append(Ended(name: name, end: end))
    }

    /// The workers that ended since the last call.
    func takeEnded() -> [Ended] {
        defer { ended = [] }
        return ended
    }

    /// Asks all workers to finish the page in hand and end.
    func drain() {
        for child in live.values { child.tell(ControlLine.drain) }
    }

    /// Ends all workers at once.
    func stop() {
        for child in live.values { child.send(signal: 9) }
    }

    /// Waits until all workers have ended by themselves, but no longer than `timeout`.
    func waitForEnds(atMost timeout: Duration) async {
        let deadline = ContinuousClock.now + timeout
        while !live.isEmpty, ContinuousClock.now < deadline {
            // Cancellation shortens the wait; the loop looks at the clock.
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until all workers have ended; after `timeout` they are ended.
    func wait(atMost timeout: Duration) async {
        await waitForEnds(atMost: timeout)
        if !live.isEmpty {
            log.warning("\(live.count) workers did not end within \(DurationText.format(timeout)); stopping them")
            stop()
            for child in live.values { _ = await child.end }
        }
    }
}
