import FoundationEssentials
import Glibc
import Redis
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// What would a run come to? `trawl doctor` says it beforehand.
    @Suite struct DoctorTests {
        /// Its document: status and finding by check.
        private static func checks(_ result: TestProcess.Result) throws -> [String: (status: String, text: String)] {
            let document = try JSONDecoder().decode(JSONValue.self, from: Data(result.output.utf8))
            guard case .array(let checks)? = document["checks"] else {
                throw TestFailure("no checks: \(result.output)")
            }
            var found: [String: (String, String)] = [:]
            for check in checks {
                let text = (check["found"]?.string ?? "") + " | " + (check["advice"]?.string ?? "")
                found[check["check"]?.string ?? ""] = (check["status"]?.string ?? "", text)
            }
            return found
        }

        @Test func `where all is well every check is ok, and two requests were made`() async throws {
            try await Lab.with { lab in
                let result = try await lab.trawl("doctor", "--api-url", lab.url, "--out", "new/store")
                #expect(result.end == .exited(0), "\(result.output)")
                #expect(result.error.isEmpty)
                let lines = result.output.split(separator: "\n")
                #expect(lines.allSatisfy { $0.hasPrefix("ok ") || $0.hasPrefix("warn ") }, "\(result.output)")
                for check in [
                    "credentials", "login", "clock", "redis", "redis latency", "api", "permission", "quota", "disk",
                    "disk space", "file system", "file descriptors", "time zones",
                ] {
                    #expect(lines.contains { $0.dropFirst(6).hasPrefix(check + " ") }, "\(check): \(result.output)")
                }
                #expect(lab.simulator.statistics.apiRequests <= 2)
                #expect(lab.simulator.statistics.requests["details-query"] == [200: 1])
                #expect(!lab.exists("new"))
                #expect(lab.strays.isEmpty)
            }
        }

        @Test(arguments: EndpointProfile.builtIn.map(\.name))
        func `every built-in profile can be tried`(profile: String) async throws {
            try await Lab.with { lab in
                let result = try await lab.trawl(
                    "doctor", "--api-url", lab.url + "/dialect/" + profile, "--login-url", lab.url, "--endpoint",
                    profile, "--json")
                #expect(result.end == .exited(0), "\(result.output)")
                #expect(try Self.checks(result)["permission"]?.status == "ok", "\(result.output)")
            }
        }

        @Test func `without credentials, with wrong ones and without a permission the code is 4`() async throws {
            let faults =
                #"{"rules": [{"match": {"endpoint": "details-query"}, "fault": {"kind": "status", "status": 403}}]}"#
            try await Lab.with(faults: faults) { lab in
                let words = ["doctor", "--api-url", lab.url, "--json"]
                let none = try await lab.start(words, environment: ["GENESYSCLOUD_OAUTHCLIENT_SECRET": ""]).result()
                #expect(none.end == .exited(4))
                #expect(try Self.checks(none)["credentials"]?.status == "fail")
                let wrong = try await lab.start(words, environment: ["GENESYSCLOUD_OAUTHCLIENT_SECRET": "wrong"])
                    .result()
                #expect(wrong.end == .exited(4))
                #expect(try Self.checks(wrong)["login"]?.text.contains("401") == true)
                #expect(!wrong.output.contains("wrong"))
                let refused = try await lab.start(words).result()
                #expect(refused.end == .exited(4))
                let permission = try #require(try Self.checks(refused)["permission"])
                #expect(permission.status == "fail")
                #expect(permission.text.contains("analytics:conversationDetail:view"), "\(permission.text)")
                // The rest is looked at all the same.
                #expect(try Self.checks(refused)["disk"]?.status == "ok")
            }
        }

        @Test func `an API or a Redis that is not there is code 3, an address that is not given 64`() async throws {
            try await Lab.with { lab in
                let api = try await lab.trawl("doctor", "--api-url", "http://127.0.0.1:1", "--json")
                #expect(api.end == .exited(3))
                #expect(try Self.checks(api)["login"]?.status == "fail")
                let redis = try await lab.trawl(
                    "doctor", "--api-url", lab.url, "--redis", "redis://127.0.0.1:1", "--json")
                #expect(redis.end == .exited(3))
                #expect(try Self.checks(redis)["redis"]?.status == "fail")
                let nowhere = try await lab.trawl("doctor", "--json")
                #expect(nowhere.end == .exited(64))
                #expect(try Self.checks(nowhere)["address"]?.status == "fail")
                let wrong = try await lab.trawl("doctor", "--rate", "fast")
                #expect(wrong.end == .exited(64))
                #expect(wrong.output.isEmpty)
                #expect(wrong.errorLines.count == 1)
            }
        }

        @Test func `a Redis is asked for its policy, its keeping and its memory, and gives the slots`() async throws {
            let server = try await RedisServer(.init(usesTCP: true, arguments: ["--maxmemory", "100mb"]))
            guard case .tcp(_, let port) = server.url.endpoint else { throw TestFailure("no port") }
            try await Lab.with { lab in
                let words = ["doctor", "--api-url", lab.url, "--redis", "redis://127.0.0.1:\(port)", "--json"]
                let result = try await lab.start(words).result()
                #expect(result.end == .exited(0))
                let checks = try Self.checks(result)
                #expect(checks["redis"]?.status == "ok")
                #expect(checks["redis policy"]?.text.contains("noeviction") == true)
                #expect(checks["redis persistence"]?.status == "warn")
                #expect(checks["redis persistence"]?.text.contains("never data") == true)
                #expect(checks["redis memory"]?.text.contains("105 MB") == true, "\(result.output)")
                let client = RedisClient(url: server.url)
                defer { client.close() }
                let keys = try await client.command("KEYS", "*").array.map { try $0.text }
                #expect(keys.count == 1 && keys[0].hasPrefix("trawl:limit:"), "\(keys)")
                try await client.command("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
                let unfit = try await lab.start(words).result()
                #expect(unfit.end == .exited(3))
                #expect(try Self.checks(unfit)["redis"]?.text.contains("volatile-lru") == true)
            }
            await server.stop()
        }

        @Test func `a higher rate than the quota is warned of`() async throws {
            var options = Lab.small
            options.rate = RateLimit("120/60s", mode: .fixedWindow)
            try await Lab.with(options) { lab in
                let result = try await lab.trawl("doctor", "--api-url", lab.url, "--json")
                #expect(result.end == .exited(0))
                let quota = try #require(try Self.checks(result)["quota"])
                #expect(quota.status == "warn")
                #expect(quota.text.contains("--rate 120/60s"), "\(quota.text)")
            }
        }

        @Test func `a directory of something else and one that cannot be written are named`() async throws {
            try await Lab.with { lab in
                mkdir(lab.path("other"), 0o700)
                try lab.write("mine", to: "other/thesis.txt")
                let foreign = try await lab.trawl("doctor", "--api-url", lab.url, "--out", "other", "--json")
                #expect(foreign.end == .exited(64))
                #expect(try Self.checks(foreign)["disk"]?.text.contains("thesis.txt") == true)
                let file = try await lab.trawl(
                    "doctor", "--api-url", lab.url, "--out", "other/thesis.txt/store", "--json")
                #expect(file.end == .exited(3))
                #expect(try Self.checks(file)["disk"]?.status == "fail")
                let memory = try await lab.trawl("doctor", "--api-url", lab.url, "--out", "/dev/shm/trawl", "--json")
                #expect(memory.end == .exited(0))
                #expect(try Self.checks(memory)["file system"]?.status == "warn")
                #expect(try Self.checks(memory)["file system"]?.text.contains("tmpfs") == true)
                #expect(try FileManager.default.contentsOfDirectory(atPath: lab.path("other")) == ["thesis.txt"])
            }
        }

        @Test func `chaos on a private Redis ends with the truth and leaves nothing behind`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(["doctor", "--chaos", "--minutes", "0", "--json"]).result(
                    within: .seconds(180))
                #expect(result.end == .exited(0), "\(result.output) \(result.error)")
                let report = try JSONDecoder().decode(JSONValue.self, from: Data(result.output.utf8))
                #expect(report["equal"] == .bool(true))
                #expect(report["rounds"]?.integer == 1)
                #expect(report["conversations"]?.integer == 10_000)
                #expect(report["missing"]?.integer == 0)
                #expect(report["doubled"]?.integer == 0)
                #expect(report["faults"]?["workersKilled"]?.integer ?? 0 >= 2)
                #expect(report["faults"]?["schedulesWiped"]?.integer ?? 0 >= 1)
                #expect(lab.strays.isEmpty)
                let left = try FileManager.default.contentsOfDirectory(atPath: lab.scratch)
                #expect(left.allSatisfy { $0.hasPrefix("std") }, "\(left)")
                // It asks no API.
                #expect(lab.simulator.statistics.requests.isEmpty)
            }
        }

        @Test func `chaos on a Redis of others touches no key but its own`() async throws {
            let server = try await RedisServer(.init(usesTCP: true))
            guard case .tcp(_, let port) = server.url.endpoint else { throw TestFailure("no port") }
            try await Lab.with { lab in
                let client = RedisClient(url: server.url)
                defer { client.close() }
                let theirs = ["trawl:{other}:meta", "trawl:{other}:pending:1", "shop:basket", "trawl:limit:{theirs}"]
                for key in theirs { try await client.command("SET", key, "theirs") }
                let words = [
                    "doctor", "--chaos", "--minutes", "0", "--redis", "redis://127.0.0.1:\(port)", "--out", "chaos",
                ]
                let result = try await lab.start(words).result(within: .seconds(180))
                #expect(result.end == .exited(0), "\(result.output) \(result.error)")
                #expect(result.output.contains("EQUAL: every result is the truth, byte for byte"))
                #expect(!result.output.contains("wiped 0 times"))
                let keys = try await client.command("KEYS", "*").array.map { try $0.text }.sorted()
                #expect(keys == theirs.sorted())
                for key in theirs { #expect(try await client.command("GET", key).text == "theirs") }
                #expect(try FileManager.default.contentsOfDirectory(atPath: lab.path("chaos")).isEmpty)
                #expect(lab.strays.isEmpty)
            }
            await server.stop()
        }

        @Test func `chaos that is interrupted ends its run and says so by its code`() async throws {
            try await Lab.with { lab in
                let chaos = try await lab.start(["doctor", "--chaos", "--minutes", "10"])
                try await eventually("workers") { !lab.workers.isEmpty }
                await chaos.send(SIGINT)
                #expect(try await chaos.result().end == .exited(130))
                #expect(lab.strays.isEmpty)
            }
        }

        @Test func `chaos is refused where workers serve, and in a directory with content`() async throws {
            let server = try await RedisServer(.init(usesTCP: true))
            guard case .tcp(_, let port) = server.url.endpoint else { throw TestFailure("no port") }
            let redis = "redis://127.0.0.1:\(port)"
            try await Lab.with { lab in
                mkdir(lab.path("other"), 0o700)
                try lab.write("mine", to: "other/thesis.txt")
                let full = try await lab.trawl("doctor", "--chaos", "--redis", redis, "--out", "other")
                #expect(full.end == .exited(64))
                #expect(full.error.contains("not empty"))
                _ = try await lab.start(["worker", "--redis", redis, "--api-url", lab.url])
                let client = RedisClient(url: server.url)
                defer { client.close() }
                try await eventually("it is known") { try await client.command("EXISTS", "trawl:workers").integer == 1 }
                let served = try await lab.trawl("doctor", "--chaos", "--redis", redis)
                #expect(served.end == .exited(64))
                #expect(served.error.contains("serves this Redis"), "\(served.error)")
            }
            await server.stop()
        }
    }
}
