import Metrics
import TrawlCore
import TrawlEngine

/// What a worker process counts of its own work, over all runs it serves.
final class WorkerMetrics: Sendable {
    private let requests = Counter(
        "trawl_requests_total", "Requests to the API, by what they were for and what came of them.",
        labels: ["kind", "outcome"],
        known: RequestKind.allCases.flatMap { kind in RequestOutcome.allCases.map { [kind.rawValue, $0.rawValue] } })
    private let unprepared = Counter(
        "trawl_login_failures_total", "Tries to get an access token that failed, by what came of them.",
        labels: ["outcome"], known: [RequestOutcome.denied, .transient, .unreachable].map { [$0.rawValue] })
    private let pages = Counter("trawl_pages_total", "Pages that arrived whole.")
    private let records = Counter("trawl_records_total", "Records of the pages that arrived, repeated ones included.")
    private let receivedBytes = Counter("trawl_received_bytes_total", "Bytes of the pages as they were received.")
    private let recordBytes = Counter(
        "trawl_record_bytes_total", "Bytes of the records as they are kept, before compression.")
    private let pageDuration = Histogram(
        "trawl_page_duration_seconds", "From a page's request until the page was read and split.",
        bounds: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120])
    private let pageSize = Histogram(
        "trawl_page_size_bytes", "Size of a page as it was received.",
        // From 1 KiB to 64 MiB, the largest that is taken.
        bounds: (10...26).filter { $0.isMultiple(of: 2) }.map { Double(1 << $0) })
    private let pageRecords = Histogram(
        "trawl_page_records", "Records of a page.", bounds: [0, 1, 10, 25, 50, 100, 250, 500, 1000])
    private let waited = Histogram(
        "trawl_limiter_wait_seconds", "How long one request waited for its slot of the limiter.",
        bounds: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
    private let walksRepeated = Counter(
        "trawl_walks_repeated_total", "Walks of a shard that did not prove complete, and were begun again.")
    private let leasesLost = Counter(
        "trawl_lease_lost_total", "Shards in hand that someone else may be fetching, and that were given up here.")
    private let finished = Counter(
        "trawl_shards_finished_total", "Shards finished, by what their walk showed.", labels: ["verdict"],
        known: Verdict.allCases.map { [$0.rawValue] })
    private let attempts = Counter(
        "trawl_attempts_total", "Attempts at a shard, by how they ended.", labels: ["end"],
        known: AttemptEnd.allCases.map { [$0.rawValue] })

    func observe(_ event: WorkerEvent) {
        switch event {
        case .request(let kind, let outcome, let duration):
            requests.add(1, kind.rawValue, outcome.rawValue)
            if kind == .page, outcome == .ok { pageDuration.observe(duration.seconds) }
        case .unprepared(let outcome): unprepared.add(1, outcome.rawValue)
        case .slot(let duration): waited.observe(duration.seconds)
        case .page(let count, let lineBytes, let wireBytes):
            pages.add()
            records.add(Double(count))
            receivedBytes.add(Double(wireBytes))
            recordBytes.add(Double(lineBytes))
            pageSize.observe(Double(wireBytes))
            pageRecords.observe(Double(count))
        case .walkRepeated: walksRepeated.add()
        case .leaseLost: leasesLost.add()
        case .shard(let verdict): finished.add(1, verdict.rawValue)
        case .attempt(let end): attempts.add(1, end.rawValue)
        }
    }

    var families: [MetricFamily] {
        [
            requests.family, unprepared.family, pages.family, records.family, receivedBytes.family,
            recordBytes.family, pageDuration.family, pageSize.family, pageRecords.family, waited.family,
            walksRepeated.family, leasesLost.family, finished.family, attempts.family,
        ]
    }
}
