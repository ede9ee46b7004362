import Guarded
import HTTPServer
import TrawlCore

extension Cloud {
    /// `/truth` and `/stats`: what tests ask. Not part of the real API, no authentication, no rate limit.
    func inspection(_ request: HTTPServerRequest) -> Answer {
        switch (request.method, request.path) {
        case ("GET", "/stats"):
            return plain(200, state.with { Array($0.statistics.json.utf8) }, type: "application/json")
        case ("POST", "/stats/reset"):
            resetStatistics()
            return plain(204, [])
        case ("GET", _) where request.path.hasPrefix("/truth"):
            do throws(SimulatorError) {
                return try truth(request)
            } catch {
                return plain(400, Array("\(error)\n".utf8))
            }
        default:
            return plain(405, [])
        }
    }

    func resetStatistics() {
        state.with {
            $0.statistics = SimulatorStatistics()
            $0.statistics.concurrencyPeak = $0.concurrent
            $0.meters.removeAll()
        }
    }

    private func plain(_ status: Int, _ body: [UInt8], type: String = "text/plain; charset=utf-8") -> Answer {
        Answer(response: HTTPServerResponse(status: status, headers: [("Content-Type", type)], body: body))
    }

    private func truth(_ request: HTTPServerRequest) throws(SimulatorError) -> Answer {
        let fields = Credentials.form((request.query ?? "").utf8)
        var ends = (from: pages.population.interval.from, to: pages.population.interval.to)
        for name in ["from", "to"] {
            guard let text = fields[name] else { continue }
            guard let instant = Instant(text) ?? Instant(text + "T00:00:00Z") else {
                throw .option(name: name, reason: "must be a date or an RFC 3339 instant, not \(text)")
            }
            if name == "from" { ends.from = instant } else { ends.to = instant }
        }
        guard let interval = Interval(from: ends.from, to: ends.to) else {
            throw .option(name: "from", reason: "must be before to")
        }
        guard let match = TruthMatch(rawValue: fields["match"] ?? "started") else {
            throw .option(name: "match", reason: "must be started or overlap")
        }
        guard let source = TruthSource(rawValue: fields["source"] ?? "query") else {
            throw .option(name: "source", reason: "must be query or jobs")
        }
        switch request.path {
        case "/truth/summary":
            let summary = truthSummary(interval, match, source)
            return plain(
                200,
                Array(
                    #"{"conversations":\#(summary.conversations),"bytes":\#(summary.bytes),"crc32":"\#(summary.crc32)"}"#
                        .utf8), type: "application/json")
        case "/truth/ids":
            var ids: [UInt8] = []
            forEachPosition(interval, match, source) { position in
                pages.population.appendID(at: position, to: &ids)
                ids.append(UInt8(ascii: "\n"))
            }
            return plain(200, ids)
        default:
            var lines: [UInt8] = []
            forEachTruth(interval, match, source) { lines += $0 }
            return plain(200, lines, type: "application/x-ndjson")
        }
    }

    /// Calls `body` with each line of the true answer, line feed included, in the order of a merged result.
    func forEachTruth(
        _ interval: Interval, _ match: TruthMatch, _ source: TruthSource, _ body: ([UInt8]) -> Void
    ) {
        var writer = RecordWriter()
        writer.writesAttributes = source == .jobs
        forEachPosition(interval, match, source) { position in
            writer.bytes.removeAll(keepingCapacity: true)
            pages.population.writeRecord(at: position, with: &writer)
            writer.bytes.append(UInt8(ascii: "\n"))
            body(writer.bytes)
        }
    }

    func truthSummary(_ interval: Interval, _ match: TruthMatch, _ source: TruthSource) -> TruthSummary {
        var summary = TruthSummary(conversations: 0, bytes: 0, crc32: "")
        var checksum = Checksum()
        forEachTruth(interval, match, source) {
            summary.conversations += 1
            summary.bytes += $0.count
            checksum.add($0)
        }
        summary.crc32 = checksum.text
        return summary
    }

    private func forEachPosition(
        _ interval: Interval, _ match: TruthMatch, _ source: TruthSource, _ body: (Int) -> Void
    ) {
        let rule = source == .jobs ? SelectionRule.lifetime : options.selection
        let selection = pages.population.select(
            interval, rule: match == .started ? .started : rule,
            endInclusive: match == .overlap && options.endInclusive)
        for number in 0..<selection.count { body(selection[number]) }
    }
}

/// Which conversations belong to the true answer.
package enum TruthMatch: String, Sendable {
    /// Those that start in the interval.
    case started
    /// Those that the API returns for the interval, however it is cut.
    case overlap
}

/// By which way an extraction asks.
package enum TruthSource: String, Sendable {
    /// The synchronous query and its dialects.
    case query
    /// Asynchronous jobs, whose records have the attributes of participants.
    case jobs
}

/// The true answer in brief.
package struct TruthSummary: Sendable, Equatable {
    package var conversations: Int
    /// Of the NDJSON text, line feeds included.
    package var bytes: Int
    /// Of the NDJSON text.
    package var crc32: String
}
