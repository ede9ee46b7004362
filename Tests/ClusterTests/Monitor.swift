import Foundation
import HTTP

/// Asks a process what it tells monitors.
struct Monitor {
    private let client = HTTPClient()
    let url: String

    struct Answer {
        let status: Int
        let type: String?
        let text: String
    }

    init(url: String) {
        self.url = url
    }

    /// From what a worker logs of where it listens; nil while it has not.
    init?(listeningIn log: String) {
        guard let begin = log.range(of: "http://"), let end = log[begin.lowerBound...].firstIndex(of: "/", after: 7)
        else { return nil }
        url = String(log[begin.lowerBound..<end])
    }

    func get(_ target: String, method: String = "GET") async throws -> Answer {
        let response = try await client.send(HTTPRequest(method: method, url: url, target: target))
        return Answer(
            status: response.status, type: response.header("Content-Type"),
            text: String(decoding: response.body, as: UTF8.self))
    }

    /// The value of a series, named as it is written; nil where there is none.
    func value(_ series: String) async throws -> Double? {
        try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    func close() { client.close() }
}

extension Substring {
    fileprivate func firstIndex(of character: Character, after count: Int) -> Index? {
        dropFirst(count).firstIndex(of: character)
    }
}
