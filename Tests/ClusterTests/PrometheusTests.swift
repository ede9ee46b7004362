import Foundation
import Glibc
import HTTPServer
import Redis
import Simulator
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

@testable import trawl

extension ClusterTests {
    /// Metrics, alerts and dashboard before a real Prometheus. Scripts/setup sees to it that there is one.
    @Suite struct PrometheusTests {
        private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent().path

        private static func program(_ name: String) throws -> String {
            let path = getenv("PATH").map { String(cString: $0) } ?? ""
            let folders = path.split(separator: ":").map(String.init) + [root + "/.build/prometheus/usr/bin"]
            guard let folder = folders.first(where: { access("\($0)/\(name)", X_OK) == 0 }) else {
                throw TestFailure("there is no \(name): Scripts/setup gets it")
            }
            return "\(folder)/\(name)"
        }

        private static func text(_ path: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(path)")), as: UTF8.self)
        }

        private static func json(_ text: String) throws -> JSONValue {
            try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        }

        /// All expressions of the dashboard, with the title of their panel.
        private static func expressions() throws -> [(panel: String, text: String)] {
            guard case .array(let panels)? = try json(text("compose/grafana-dashboard.json"))["panels"] else {
                throw TestFailure("the dashboard has no panels")
            }
            return panels.flatMap { panel -> [(String, String)] in
                guard case .array(let targets)? = panel["targets"] else { return [] }
                return targets.compactMap { target in
                    target["expr"]?.string.map { (panel["title"]?.string ?? "", $0) }
                }
            }
        }

        /// Panels that show nothing when all is well.
        private static let mayBeEmpty: Set = ["Why not all of it"]

        @Test(arguments: [["check", "rules", "compose/alerts.yaml"], ["test", "rules", "compose/alerts-test.yaml"]])
        func `the alerts are what their tests say`(words: [String]) async throws {
            try await Lab.with { lab in
                let promtool = try Self.program("promtool")
                let path = "\(Self.root)/\(words[2])"
                let result = try await lab.start(program: promtool, Array(words[..<2]) + [path], environment: [:])
                    .result()
                #expect(result.end == .exited(0), "\(result.output)\(result.error)")
                #expect(result.output.contains("SUCCESS"), "\(result.output)")
            }
        }

        @Test func `every alert is tested, and the docs say what to do about it`() throws {
            let (rules, tests) = (try Self.text("compose/alerts.yaml"), try Self.text("compose/alerts-test.yaml"))
            let operations = try Self.text("docs/operations.md")
            let names = rules.split(separator: "\n").compactMap { line in
                line.range(of: "- alert: ").map { String(line[$0.upperBound...]) }
            }
            #expect(names.count >= 10)
            for name in names {
                #expect(tests.contains("alertname: \(name), exp_alerts: []"), "\(name) is not seen at rest")
                #expect(tests.contains("alertname: \(name)\n        exp_alerts:"), "\(name) never fires")
            }
            let anchors = rules.split(separator: "\n").compactMap { line in
                line.range(of: "docs/operations.md#").map { String(line[$0.upperBound...]) }
            }
            #expect(anchors.count == names.count)
            let headings = operations.split(separator: "\n").filter { $0.hasPrefix("### ") }
                .map { $0.dropFirst(4).lowercased().replacing(" ", with: "-") }
            for anchor in anchors { #expect(headings.contains(anchor), "docs/operations.md has no \(anchor)") }
        }

        @Test func `the metrics are as Prometheus wants them, and all that is asked of them has an answer`()
            async throws
        {
            let (prometheus, promtool) = (try Self.program("prometheus"), try Self.program("promtool"))
            try await Lab.with(latency: .milliseconds(50)) { lab in
                let redis = try await RedisServer()
                try await lab.plan(on: redis.url.description)
                // About half a minute of work.
                let worker = try await lab.start([
                    "worker", "--redis", redis.url.description, "--rate", "120/60s", "--slots", "2", "--listen", "0",
                ])
                try await eventually("it listens") { await worker.errorText.contains("/metrics") }
                let own = try #require(Monitor(listeningIn: await worker.errorText))
                let client = RedisClient(url: redis.url)
                let runs = RunMetrics(client)
                let server = try MonitoringEndpoints(
                    metrics: { await runs.text() }, fault: { nil }, unready: { nil }
                ).serve(at: ListenAddress(host: "127.0.0.1", port: 0))
                defer { server.stop() }

                try lab.write(
                    """
                    global: {scrape_interval: 1s, evaluation_interval: 1s}
                    rule_files: ["\(Self.root)/compose/alerts.yaml"]
                    scrape_configs:
                      - {job_name: trawl-worker, static_configs: [{targets: ["\(own.url.dropFirst(7))"]}]}
                      - {job_name: trawl-dashboard, static_configs: [{targets: ["127.0.0.1:\(server.port)"]}]}
                    """, to: "prometheus.yaml")
                let process = try await lab.start(
                    program: prometheus,
                    [
                        "--config.file=\(lab.path("prometheus.yaml"))", "--storage.tsdb.path=\(lab.path("tsdb"))",
                        "--web.listen-address=127.0.0.1:0",
                    ], environment: [:])
                var monitor: Monitor?
                try await eventually("Prometheus listens") {
                    let log = await process.errorText
                    guard let mark = log.range(of: #"msg="Listening on" address="#) else { return false }
                    let address = log[mark.upperBound...].prefix { !$0.isWhitespace }
                    monitor = Monitor(url: "http://\(address)")
                    return true
                }
                let asked = try #require(monitor)
                for (panel, text) in try Self.expressions() {
                    let expression = text.replacing("$run", with: ".*").replacing("$__rate_interval", with: "10s")
                    try await eventually("'\(panel)' has data: \(expression)", within: .seconds(60)) {
                        let answer = try await asked.get("/api/v1/query?query=\(Self.encoded(expression))")
                        guard answer.status == 200 else { throw TestFailure("\(expression): \(answer.text)") }
                        let isThere = try Self.hasFigures(try Self.json(answer.text))
                        return isThere || Self.mayBeEmpty.contains(panel)
                    }
                }
                let rules = try await asked.get("/api/v1/rules").text
                #expect(rules.contains(#""health":"ok""#) && !rules.contains(#""health":"err""#), "\(rules)")

                var known: Set<String> = []
                for (name, text) in [("worker", try await own.get("/metrics").text), ("runs", await runs.text())] {
                    try lab.write(text, to: "\(name).txt")
                    let check = try await lab.start(
                        program: "/bin/sh",
                        ["-c", "exec '\(promtool)' check metrics < '\(lab.path("\(name).txt"))'"], environment: [:]
                    ).result()
                    #expect(check.end == .exited(0) && check.output.isEmpty, "\(check.output)\(check.error)")
                    known.formUnion(Self.families(text))
                }
                try Self.expectNamesKnown(known)
                await worker.send(SIGTERM)
                _ = try await worker.result()
                await process.send(SIGTERM)
                _ = try await process.result()
                asked.close()
                own.close()
                client.close()
                await redis.stop()
            }
        }

        /// Names that are asked for are names that there are, and the docs have every one of them.
        private static func expectNamesKnown(_ known: Set<String>) throws {
            // There only for a run that was stopped.
            let known = known.union(["trawl_run_halt_code"])
            let asked = try expressions().map(\.text).joined(separator: " ") + text("compose/alerts.yaml")
            for word in asked.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") })
            where word.hasPrefix("trawl_") || word.hasPrefix("process_") {
                let family = ["_bucket", "_sum", "_count"].reduce(String(word)) { name, suffix in
                    name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
                }
                #expect(known.contains(String(word)) || known.contains(family), "there is no \(word)")
            }
            let docs = try text("docs/metrics.md")
            for name in known { #expect(docs.contains("`\(name)"), "docs/metrics.md has no \(name)") }
        }

        private static func families(_ text: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
        }

        /// Whether an answer to a query has a series whose value is a number.
        private static func hasFigures(_ answer: JSONValue) throws -> Bool {
            guard answer["status"]?.string == "success", case .array(let series)? = answer["data"]?["result"] else {
                throw TestFailure("\(answer.canonical)")
            }
            return series.contains { one in
                guard case .array(let pair)? = one["value"], pair.count == 2, let text = pair[1].string else {
                    return false
                }
                return Double(text)?.isFinite == true
            }
        }

        private static func encoded(_ text: String) -> String {
            text.utf8.map { byte in
                let hex = String(byte, radix: 16, uppercase: true)
                return "%" + (hex.count == 1 ? "0" + hex : hex)
            }.joined()
        }
    }
}
