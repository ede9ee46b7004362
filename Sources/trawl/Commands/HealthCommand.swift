import HTTP
import TrawlCore
import TrawlSource

/// `trawl health`: asks a process of Trawl whether it is well. For health checks where there is no other HTTP client,
/// as in a container that holds nothing but Trawl.
enum HealthCommand {
    static let spec = CommandSpec(
        name: "health", summary: "ask a worker or dashboard whether it is well, as health checks of containers do",
        examples: [
            .init(purpose: "is this worker ready to work?", line: "trawl health http://127.0.0.1:9464/readyz"),
            .init(
                purpose: "in a compose file",
                line: #"healthcheck: {test: [CMD, trawl, health, "http://127.0.0.1:9464/readyz"]}"#),
        ],
        positional: "URL",
        sections: [
            (
                "How",
                [OptionSpec("--timeout", "TIME", "how long the answer may take (default 3s)")]
            )
        ],
        notes: [
            "Paths are /readyz (ready to work) and /healthz (alive) where '--listen' serves them; any other is asked as well. "
                + "Exit code 0 when the status is 200, 1 when it is another or there is no answer."
        ],
        run: { try await run($0) })

    /// No answer about health is longer, and one that is says nothing more.
    private static let longestAnswer = 1 << 20
    private static let shownBytes = 200

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        guard let text = arguments.positional else {
            throw Failure.usage("URL is missing: say what to ask, such as http://127.0.0.1:9464/readyz")
        }
        let total =
            try arguments.value("--timeout", expecting: "a duration such as 3s") {
                DurationText.parse($0).flatMap { $0 > .zero && $0 <= HTTPTimeouts.longest ? $0 : nil }
            } ?? .seconds(3)
        let request = try request(text, total: total)
        let client = HTTPClient()
        defer { client.close() }
        let response: HTTPResponse
        do {
            response = try await client.send(request)
        } catch HTTPError.invalidRequest(let reason) {
            throw Failure.usage("URL '\(text)': \(reason)")
        } catch {
            throw Failure(ExitCode.unclassified, "\(error)")
        }
        guard response.status == 200 else {
            throw Failure(ExitCode.unclassified, "\(text) answers \(response.status)\(firstLine(response.body))")
        }
        return ExitCode.complete
    }

    private static func request(_ text: String, total: Duration) throws -> HTTPRequest {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), let colon = text.firstIndex(of: ":") else {
            throw Failure.usage("URL '\(text)': expected an address such as http://127.0.0.1:9464/readyz")
        }
        let host = text.index(colon, offsetBy: 3)
        let path = text[host...].firstIndex(of: "/") ?? text.endIndex
        return HTTPRequest(
            url: String(text[..<path]), target: path == text.endIndex ? "/" : String(text[path...]),
            timeouts: HTTPTimeouts(connect: total, noProgress: total, total: total), maximumBodySize: longestAnswer)
    }

    /// What the other side says is wrong, after a colon.
    private static func firstLine(_ body: [UInt8]) -> String {
        let line = body.prefix { $0 != UInt8(ascii: "\n") }.prefix(shownBytes)
        return line.isEmpty ? "" : ": " + PlainText.line(String(decoding: line, as: UTF8.self), limit: shownBytes)
    }
}
