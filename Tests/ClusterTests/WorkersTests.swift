import Glibc
import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

extension ClusterTests {
    /// The list of workers.
    @Suite struct WorkersTests {
        @Test func `workers are listed with what they do, and marked when they fall silent`() async throws {
            try await Lab.with(latency: .milliseconds(100)) { lab in
                let redis = try await RedisServer()
                let url = redis.url.description
                let none = try await lab.trawl("workers", "--redis", url)
                #expect(none.end == .exited(0) && none.output == "no workers\n", "\(none.error)")
                try await lab.plan(on: url)
                let worker = try await lab.start([
                    "worker", "--redis", url, "--rate", "none", "--slots", "2", "--name", "w-1",
                ])
                let client = RedisClient(url: redis.url)
                try await eventually("it has reported some of its work") {
                    try await WorkerRegistry(redis: client).workers().first.map {
                        $0.progress.requests > 0 && $0.age > .milliseconds(500)
                    } ?? false
                }
                let run = try #require(try await RunRegistry(redis: client).known().first)
                let list = try await lab.trawl("workers", "--redis", url)
                #expect(list.end == .exited(0) && list.error.isEmpty, "\(list.error)")
                let cells = try #require(list.output.split(separator: "\n").last).split(separator: " ").map(String.init)
                #expect(cells[0] == "w-1" && cells[2] == String(worker.id) && cells[4] == run, "\(list.output)")
                #expect(cells[5].hasSuffix("/2") && !list.output.contains("SILENT"), "\(list.output)")
                #expect(Double(cells[6]) ?? 0 > 0 && Double(cells[7]) ?? 0 > 0, "\(list.output)")
                #expect(try await lab.trawl("workers", "--redis", url, "--run", "other").output == "no workers\n")

                await worker.send(SIGKILL)
                _ = try await worker.result()
                // As if ten seconds and more had gone by.
                let seen = try await client.command("HGET", Keys.worker("w-1"), "seenAt").integer
                try await client.command("HSET", Keys.worker("w-1"), "seenAt", seen - 11_000)
                let silent = try await lab.trawl("workers", "--redis", url)
                #expect(silent.output.contains("SILENT, 1"), "\(silent.output)")
                let json = try await lab.trawl("workers", "--redis", url, "--json", "--run", run)
                for part in [#""silent":true"#, #""name":"w-1""#, #""pid":\#(worker.id)"#, #""slots":2"#] {
                    #expect(json.output.contains(part), "\(json.output)")
                }
                client.close()
                await redis.stop()
            }
        }

        @Test func `without a Redis, and with one that is not there, it is one line`() async throws {
            try await Lab.with { lab in
                let none = try await lab.trawl("workers")
                #expect(none.end == .exited(64) && none.errorLines.count == 1, "\(none.error)")
                let away = try await lab.trawl("workers", "--redis", "unix://" + lab.path("no.sock"))
                #expect(away.end == .exited(3) && away.errorLines.count == 1, "\(away.error)")
            }
        }
    }
}
