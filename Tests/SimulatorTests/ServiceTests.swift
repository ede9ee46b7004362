import HTTP
import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

/// The simulator on loopback without faults.
@Suite(.timeLimit(.minutes(1)))
struct ServiceTests {
    private static let day = interval("2024-03-01", "2024-03-04")

    private static func request(_ url: String, page: Int, acceptGzip: Bool) -> HTTPRequest {
        HTTPRequest(
            method: "POST", url: url, target: Asker.path,
            headers: [("Authorization", "Bearer good"), ("Content-Type", "application/json; charset=UTF-8")],
            body: Array("{\"interval\":\"\(day.apiText)\",\"paging\":{\"pageSize\":100,\"pageNumber\":\(page)}}".utf8),
            acceptGzip: acceptGzip)
    }

    private static func simulator(_ change: (inout SimulatorOptions) -> Void = { _ in }) throws -> Simulator {
        var options = options(250)
        options.accessTokens = ["good"]
        change(&options)
        return try Simulator(options)
    }

    @Test func `pages over HTTP are those of the core, compressed or not`() async throws {
        let simulator = try Self.simulator()
        let url = try simulator.start()
        let expected = try Asker(options(250)).query(Self.day, page: 2).body
        let client = HTTPClient()
        for _ in 0..<2 {
            let plain = try await client.send(Self.request(url, page: 2, acceptGzip: false))
            let compressed = try await client.send(Self.request(url, page: 2, acceptGzip: true))
            #expect(plain.body == expected)
            #expect(compressed.body == expected)
            #expect(compressed.wireBytes < plain.wireBytes / 3)
            #expect(plain.header("ININ-Correlation-Id") != compressed.header("ININ-Correlation-Id"))
        }
        let page = SimulatorStatistics.Page(interval: Self.day.apiText, pageSize: 100, pageNumber: 2)
        #expect(simulator.statistics.repeatedPages == [page: 4])
    }

    @Test func `without gzip nothing is compressed`() async throws {
        let simulator = try Self.simulator { $0.gzip = false }
        let response = try await HTTPClient().send(Self.request(try simulator.start(), page: 1, acceptGzip: true))
        #expect(response.header("Content-Encoding") == nil)
        #expect(response.wireBytes == response.body.count)
    }

    @Test func `latency holds every answer back and concurrent requests are counted`() async throws {
        let simulator = try Self.simulator {
            $0.latency = .milliseconds(100)
            $0.latencyJitter = .milliseconds(20)
        }
        let url = try simulator.start()
        let client = HTTPClient()
        let clock = ContinuousClock()
        let begun = clock.now
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<8 {
                // A failed request shows as nil, which fails the expectation below.
                group.addTask { try? await client.send(Self.request(url, page: 1, acceptGzip: true)).status }
            }
            for await status in group { #expect(status == 200) }
        }
        #expect(clock.now - begun >= .milliseconds(100))
        #expect(simulator.statistics.concurrencyPeak > 1)
        #expect(simulator.statistics.apiRequests == 8)
    }

    @Test func `the truth is the same over HTTP, in memory and in brief`() async throws {
        let simulator = try Self.simulator()
        let url = try simulator.start()
        let response = try await HTTPClient().send(HTTPRequest(url: url, target: "/truth"))
        var lines: [UInt8] = []
        simulator.forEachTruth(in: simulator.interval) { lines += $0 }
        #expect(response.body == lines)
        let summary = simulator.truthSummary(of: simulator.interval)
        #expect(summary.conversations == 250)
        #expect(summary.bytes == lines.count)
        let brief = try await HTTPClient().send(HTTPRequest(url: url, target: "/truth/summary?match=started"))
        #expect(
            String(decoding: brief.body, as: UTF8.self)
                == #"{"conversations":250,"bytes":\#(lines.count),"crc32":"\#(summary.crc32)"}"#)
        let wrong = try await HTTPClient().send(HTTPRequest(url: url, target: "/truth?from=never"))
        #expect(wrong.status == 400)
    }

    @Test func `the checksum is the one of gzip and zip`() {
        var checksum = Checksum()
        checksum.add(Array("1234".utf8))
        checksum.add(Array("56789".utf8))
        #expect(checksum.text == "cbf43926")
    }

    @Test func `stopping frees the port and may be repeated`() async throws {
        let simulator = try Self.simulator()
        let url = try simulator.start()
        let port = try #require(simulator.port)
        #expect(url == "http://127.0.0.1:\(port)")
        simulator.stop()
        simulator.stop()
        #expect(simulator.port == nil)
        let again = try Self.simulator { $0.port = port }
        #expect(try again.start() == url)
    }
}
