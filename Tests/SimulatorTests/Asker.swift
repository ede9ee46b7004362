import HTTPServer
import Synchronization
import TrawlCore

@testable import Simulator

/// A time that only the test moves.
final class ManualClock: Sendable {
    private let microseconds = Atomic<Int64>(1_000_000_000)

    var clock: SimulatorClock { SimulatorClock { self.microseconds.load(ordering: .relaxed) } }

    func advance(_ duration: Duration) {
        microseconds.add(duration.wholeMicroseconds, ordering: .relaxed)
    }
}

/// Asks an imitated cloud without sockets.
struct Asker {
    let cloud: Cloud
    let time = ManualClock()
    var token: String? = "good"

    static let path = "/api/v2/analytics/conversations/details/query"

    init(_ options: SimulatorOptions) throws {
        var options = options
        options.accessTokens.append("good")
        cloud = try Cloud(options: options, clock: time.clock)
    }

    func send(
        _ method: String = "POST", _ path: String = Asker.path, _ body: String = "", headers: [(String, String)] = []
    ) -> HTTPServerResponse {
        var all = headers
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        if !headers.contains(where: { $0.0 == "Content-Type" }) { all.append(("Content-Type", "application/json")) }
        return cloud.answer(
            HTTPServerRequest(method: method, target: Array(path.utf8), headers: all, body: Array(body.utf8))
        ).response
    }

    func get(_ path: String) -> HTTPServerResponse { send("GET", path) }

    func query(
        _ interval: Interval, page: Int = 1, size: Int = 100, more: String = ""
    ) -> HTTPServerResponse {
        send(
            body: """
                {"interval":"\(interval.apiText)","paging":{"pageSize":\(size),"pageNumber":\(page)}\(more)}
                """)
    }

    private func send(body: String) -> HTTPServerResponse { send("POST", Asker.path, body) }

    /// The records of all pages of a query, one after the other, as they stand in the pages.
    func walk(_ interval: Interval, size: Int = 100, more: String = "") throws -> [String] {
        var records: [String] = []
        var page = 1
        while true {
            let body = try query(interval, page: page, size: size, more: more).page()
            guard let found = body.records else { return records }
            records += found
            page += 1
        }
    }

    func truth(_ path: String) -> [String] { get(path).text.split(separator: "\n").map(String.init) }
}

/// A page, taken apart.
struct ReadPage {
    let total: Int
    /// Nil where the page has no `conversations`.
    let records: [String]?
    let ids: [String]
}

extension HTTPServerResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> JSONValue { try JSONReader.document(body) }

    func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }

    func page() throws -> ReadPage { try ReadPage(body) }
}

extension ReadPage {
    init(_ body: [UInt8]) throws {
        let document = try JSONReader.document(body)
        total = document["totalHits"]?.integer ?? -1
        ids = document["conversations"]?.elements.map { $0["conversationId"]?.string ?? "" } ?? []
        guard let order = document["conversations"]?.elements, !order.isEmpty else {
            records = document["conversations"] == nil ? nil : []
            return
        }
        let fixture = try Fixture(body)
        // A fixture is sorted; the page's own order comes back through the ids.
        let byID = Dictionary(
            fixture.records.map { ($0.id, String(decoding: fixture.bytes[$0.bytes], as: UTF8.self)) }
        ) { $1 }
        records = ids.map { byID[$0] ?? "" }
    }
}

func interval(_ from: String, _ to: String) -> Interval {
    func instant(_ text: String) -> Instant { Instant(text) ?? Instant(text + "T00:00:00Z")! }
    return Interval(from: instant(from), to: instant(to))!
}

func options(_ conversations: Int, _ interval: Interval = interval("2024-03-01", "2024-03-04")) -> SimulatorOptions {
    var options = SimulatorOptions(interval: interval)
    options.conversations = conversations
    options.recordSize = .small
    return options
}
