import Glibc
import HTTPServer
import Metrics
import Redis
import Simulator
import Testing
import TrawlEngine
import TrawlQueue
import TrawlStore
import TrawlTestKit

@testable import trawl

extension ClusterTests {
    /// What long-lived processes tell those who watch them.
    @Suite struct MonitorTests {
        /// A worker that listens on a port that the kernel chose.
        private static func worker(
            _ lab: Lab, _ redis: RedisServer, _ more: String...
        ) async throws -> (process: TestProcess, monitor: Monitor) {
            let process = try await lab.start(
                ["worker", "--redis", redis.url.description, "--rate", "none", "--listen", "0"] + more)
            var monitor: Monitor?
            try await eventually("it listens") {
                monitor = Monitor(listeningIn: await process.errorText)
                return monitor != nil
            }
            return (process, try #require(monitor))
        }

        @Test func `a worker tells its work, and that it is well and ready`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let redis = try await RedisServer()
                try await lab.plan(on: redis.url.description, shard: "6h")
                let (process, monitor) = try await Self.worker(lab, redis, "--slots", "3")
                try await eventually("it has fetched all") {
                    try await monitor.value(#"trawl_shards_finished_total{verdict="proven"}"#) == 8
                }
                let requests = Double(lab.simulator.statistics.apiRequests)
                #expect(try await monitor.value(#"trawl_requests_total{kind="page",outcome="ok"}"#) == requests)
                #expect(try await monitor.value("trawl_pages_total") == requests)
                // Those that cross a boundary come with both shards.
                let records = try #require(try await monitor.value("trawl_records_total"))
                #expect(records >= 3000)
                #expect(try await monitor.value("trawl_page_duration_seconds_count") == requests)
                #expect(try await monitor.value("trawl_page_records_sum") == records)
                #expect(try await monitor.value("trawl_redis_up") == 1)
                let metrics = try await monitor.get("/metrics")
                #expect(metrics.status == 200 && metrics.type == "text/plain; version=0.0.4; charset=utf-8")
                for path in ["/healthz", "/readyz"] {
                    let answer = try await monitor.get(path)
                    #expect(answer.status == 200 && answer.type == "application/json", "\(answer)")
                    #expect(answer.text == "{\"status\":\"ok\"}\n")
                }
                #expect(try await monitor.get("/").status == 404)
                #expect(try await monitor.get("/metrics", method: "POST").status == 405)
                monitor.close()
                await process.send(SIGTERM)
                #expect(try await process.result().end == .exited(0))
                await redis.stop()
            }
        }

        @Test func `without Redis a worker is not ready, and well all the same`() async throws {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                let (process, monitor) = try await Self.worker(lab, redis)
                try await eventually("it reports") { try await monitor.value("trawl_redis_up") == 1 }
                await redis.stop()
                let answer = try await monitor.get("/readyz")
                #expect(answer.status == 503 && answer.text.contains("Redis does not answer"), "\(answer)")
                #expect(try await monitor.get("/healthz").status == 200)
                try await eventually("it notices") { try await monitor.value("trawl_redis_up") == 0 }
                monitor.close()
                await process.send(SIGTERM)
                _ = try await process.result()
            }
        }

        @Test func `a Redis that throws keys away makes a worker unready`() async throws {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                let (process, monitor) = try await Self.worker(lab, redis)
                // It has looked at its Redis by then.
                try await eventually("it reports") { try await monitor.value("trawl_redis_up") == 1 }
                let client = RedisClient(url: redis.url)
                try await client.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
                let answer = try await monitor.get("/readyz")
                #expect(answer.status == 503 && answer.text.contains("noeviction"), "\(answer)")
                client.close()
                monitor.close()
                await process.send(SIGTERM)
                #expect(try await process.result().end == .exited(0))
                await redis.stop()
            }
        }

        @Test func `a worker that drains is not ready`() async throws {
            let faults = #"{"rules": [{"match": {"from": 2}, "fault": {"kind": "delay", "duration": "3s"}}]}"#
            try await Lab.with(faults: faults) { lab in
                let redis = try await RedisServer()
                try await lab.plan(on: redis.url.description)
                let (process, monitor) = try await Self.worker(lab, redis, "--slots", "1")
                try await lab.requests(2)
                await process.send(SIGTERM)
                try await eventually("it drains") { await process.errorText.contains("draining") }
                let answer = try await monitor.get("/readyz")
                #expect(answer.status == 503 && answer.text.contains("draining"), "\(answer)")
                #expect(try await monitor.value("trawl_worker_draining") == 1)
                #expect(try await monitor.get("/healthz").status == 200)
                monitor.close()
                #expect(try await process.result().end == .exited(0))
                await redis.stop()
            }
        }

        @Test func `where it cannot listen, it is one line, and nothing is done`() async throws {
            try await Lab.with { lab in
                let redis = try await RedisServer()
                let (process, monitor) = try await Self.worker(lab, redis)
                let port = String(try #require(monitor.url.split(separator: ":").last))
                for (value, part) in [
                    (port, "Address already in use"), ("host:1", "expected a port"), ("65536", "expected a port"),
                    ("192.0.2.1:0", "Cannot assign requested address"), (":9464", "expected a port"),
                ] {
                    let result = try await lab.trawl("worker", "--redis", redis.url.description, "--listen", value)
                    #expect(result.end == .exited(64) && result.errorLines.count == 1, "\(result.error)")
                    #expect(result.error.contains("--listen") && result.error.contains(part), "\(result.error)")
                }
                monitor.close()
                await process.send(SIGTERM)
                _ = try await process.result()
                await redis.stop()
            }
        }

        @Test func `a worker one of whose loops hangs had better be started again`() async throws {
            let pulses = LoopPulses()
            let monitor = WorkerMonitor(
                name: "w", slots: 1, pulses: pulses, reporter: WorkerReporter(name: "w", slots: 1),
                metrics: WorkerMetrics(), drain: DrainFlag(), stuckAfter: .zero)
            #expect(await monitor.fault() == nil)
            pulses.turn("service")
            let endpoints = MonitoringEndpoints(
                metrics: { throw TestFailure("no\nmetrics") }, fault: { await monitor.fault() }, unready: { nil })
            func answer(_ path: String) async -> (status: Int, text: String)? {
                await endpoints.answer(HTTPServerRequest(method: "GET", target: Array(path.utf8))).map {
                    ($0.status, String(decoding: $0.body, as: UTF8.self))
                }
            }
            let sick = try #require(await answer("/healthz?x"))
            #expect(sick.status == 503 && sick.text.contains("a loop of the worker hangs"), "\(sick)")
            pulses.rest("service")
            #expect(await answer("/healthz")?.status == 200)
            #expect(await answer("/readyz")?.status == 200)
            // What goes wrong is one line.
            let failed = try #require(await answer("/metrics"))
            #expect(failed.status == 503 && failed.text.split(separator: "\n").count == 1, "\(failed)")
            #expect(await answer("/other") == nil)
        }

        @Test(arguments: [
            ("9464", "127.0.0.1:9464", true), ("0.0.0.0:0", "0.0.0.0:0", false), ("[::1]:80", "[::1]:80", true),
            ("localhost:1", "127.0.0.1:1", true), ("[::]:65535", "[::]:65535", false),
        ])
        func `an address to listen on is read`(text: String, address: String, isLoopback: Bool) throws {
            let listen = try #require(ListenAddress(text))
            #expect(listen.description == address && listen.isLoopback == isLoopback)
        }

        @Test(arguments: [
            "", ":", "x", "-1", "+80", "1.2.3.4", "1.2.3.4:", "1.2.3:80", "::1:80", "[1.2.3.4]:80", "a.b:1",
        ])
        func `what is no address to listen on is refused`(text: String) {
            #expect(ListenAddress(text) == nil)
        }

        @Test func `a run tells of its shards while it fetches, and has told nothing of a merge yet`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let run = try await lab.start(lab.run(shard: "1h", "--slots", "1", "--listen", "0"))
                var monitor: Monitor?
                try await eventually("it listens") {
                    monitor = Monitor(listeningIn: await run.errorText)
                    return monitor != nil
                }
                let found = try #require(monitor)
                try await eventually("it has a schedule") {
                    try await found.get("/metrics").text.contains(#"state="done"} "#)
                }
                let text = try await found.get("/metrics").text
                #expect(text.contains("trawl_shards{run=") && text.contains("trawl_redis_up 1"))
                #expect(text.contains(#",phase="lines"} 0"#), "\(text)")
                #expect(try await found.get("/readyz").status == 200)
                found.close()
                #expect(try await run.result().end == .exited(0))
            }
        }

        @Test func `a merge tells how much of each phase is done`() {
            func values(_ progress: MergeProgress?) -> [Double] {
                RunMonitor.merge(progress, of: "r").samples.map(\.value)
            }
            #expect(values(nil) == [0, 0])
            #expect(values(MergeProgress(phase: .index, done: 1, total: 4)) == [0.25, 0])
            #expect(values(MergeProgress(phase: .lines, done: 3, total: 4)) == [1, 0.75])
            #expect(values(MergeProgress(phase: .lines, done: 0, total: 0)) == [1, 1])
        }

        @Test func `the runs of a Redis are told, their shares of the quota from the second look on`() async throws {
            try await Lab.with(latency: .milliseconds(20)) { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let client = RedisClient(url: redis.url)
                let metrics = RunMetrics(client)
                func value(_ series: String) async -> Double? {
                    await metrics.text().split(separator: "\n").first { $0.hasPrefix(series + " ") }
                        .flatMap { Double($0.dropFirst(series.count + 1)) }
                }
                #expect(await value(#"trawl_workers{state="alive"}"#) == 0)
                try await lab.plan(on: url, shard: "6h")
                let run = try #require(try await RunRegistry(redis: client).runs().keys.first)
                #expect(await value(#"trawl_shards{run="\#(run)",state="pending"}"#) == 8)
                #expect(await value(#"trawl_oldest_pending_seconds{run="\#(run)"}"#) ?? -1 >= 0)
                #expect(await value(#"trawl_run_state{run="\#(run)",state="running"}"#) == 1)
                #expect(await !metrics.text().contains("trawl_limiter_shortfall"))

                let worker = try await lab.start(["worker", "--redis", url, "--rate", "120/60s", "--slots", "2"])
                try await eventually("it takes a share of the quota") {
                    await value(#"trawl_run_quota_ratio{run="\#(run)"}"#) ?? 0 > 0
                }
                let text = await metrics.text()
                #expect(text.contains(#"trawl_workers{state="alive"} 1"#))
                #expect(text.contains("trawl_limiter_utilisation_ratio{limiter="))
                // 120 in 60 s less the margin of 2.
                let limit = text.split(separator: "\n").first { $0.hasPrefix("trawl_limiter_rate_limit{") }
                let rate = try #require(limit?.split(separator: " ").last.flatMap { Double($0) })
                #expect(abs(rate - 118.0 / 60) < 0.001)
                #expect(text.contains(#"trawl_limiter_shortfall{run="\#(run)",cause="no_workers"} 0"#))
                await worker.send(SIGTERM)
                #expect(try await worker.result().end == .exited(0))
                try await eventually("it is told that nobody works") {
                    await value(#"trawl_limiter_shortfall{run="\#(run)",cause="no_workers"}"#) == 1
                }

                await redis.stop()
                let away = await metrics.text()
                #expect(away.contains("trawl_redis_up 0") && !away.contains("trawl_shards"))
                client.close()
            }
        }
    }
}
