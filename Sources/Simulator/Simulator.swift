import Guarded
import HTTPServer
package import TrawlCore

/// A Genesys Cloud on loopback: OAuth, the conversation detail queries with their limits and errors, the dialects of
/// gateways, rate enforcement, scripted faults, and the true answer on request.
///
/// Everything is deterministic: the records by seed, the faults by the order of the requests.
package final class Simulator: Sendable {
    private let cloud: Cloud
    private let server = Guarded<HTTPServer?>(nil)

    /// Makes the population; nothing listens yet.
    package init(_ options: SimulatorOptions, clock: SimulatorClock = .system) throws(SimulatorError) {
        cloud = try Cloud(options: options, clock: clock)
    }

    deinit { stop() }

    /// Listens and serves until `stop()`.
    ///
    /// - Returns: the URL to give as API and login URL, like `http://127.0.0.1:41837`.
    @discardableResult
    package func start() throws -> String {
        let cloud = cloud
        let options = cloud.options
        // The server's own limit is above that of the API, so that the API's error is the one that is seen.
        let server = try HTTPServer(
            address: options.address, port: options.port, maximumBodySize: 4 * RequestBody.largest
        ) { request in
            let isInspection = Cloud.inspectionPaths.contains(request.path)
            if !isInspection { cloud.enter() }
            defer { if !isInspection { cloud.leave() } }
            let answer = cloud.answer(request)
            // Cancellation, the only error of the sleep, means that the server stops.
            if answer.delay > .zero { try? await Task.sleep(for: answer.delay) }
            return answer.response
        }
        self.server.with { $0 = server }
        let host = options.address.contains(":") ? "[\(options.address)]" : options.address
        return "http://\(host):\(server.port)"
    }

    /// The port listened on; nil before `start()` and after `stop()`.
    package var port: UInt16? { server.with { $0?.port } }

    /// Closes all connections. Later calls do nothing.
    package func stop() {
        let running = server.with { server in
            defer { server = nil }
            return server
        }
        running?.stop()
    }

    /// What has been asked so far.
    package var statistics: SimulatorStatistics { cloud.state.with { $0.statistics } }

    package func resetStatistics() { cloud.resetStatistics() }

    /// In which the population starts: that of the options, or the UTC days of a fixture.
    package var interval: Interval { cloud.pages.population.interval }

    /// Calls `body` with each line of what a perfect extraction of `interval` holds, line feed included, ordered by
    /// (start, bytes of the id): the bytes of the merged result.
    package func forEachTruth(
        in interval: Interval, match: TruthMatch = .started, source: TruthSource = .query, _ body: ([UInt8]) -> Void
    ) {
        cloud.forEachTruth(interval, match, source, body)
    }

    package func truthSummary(
        of interval: Interval, match: TruthMatch = .started, source: TruthSource = .query
    ) -> TruthSummary {
        cloud.truthSummary(interval, match, source)
    }
}
