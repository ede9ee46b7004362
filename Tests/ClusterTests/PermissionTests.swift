import FoundationEssentials
import Glibc
import Redis
import Testing
import TrawlTestKit

extension ClusterTests {
    /// What holds people's conversations is its owner's alone, whatever the caller's umask says.
    @Suite struct PermissionTests {
        /// Every path below `folder` that anyone but its owner may touch, or its owner may not.
        private static func open(_ lab: Lab, _ folder: String) throws -> [String] {
            let root = lab.path(folder)
            return try ([""] + FileManager.default.subpathsOfDirectory(atPath: root)).compactMap { name in
                var status = stat()
                // One that went meanwhile.
                guard lstat(root + "/" + name, &status) == 0 else { return nil }
                let mode = status.st_mode & 0o7777
                switch status.st_mode & S_IFMT {
                case S_IFDIR, S_IFSOCK: return mode == 0o700 ? nil : "\(name) \(String(mode, radix: 8))"
                default: return mode == 0o600 ? nil : "\(name) \(String(mode, radix: 8))"
                }
            }
        }

        @Test(arguments: ["000", "022", "077", "277"])
        func `files are 0600 and directories 0700 in the middle of a run, after a crash and at the end`(
            mask: String
        ) async throws {
            try await Lab.with(latency: .milliseconds(15)) { lab in
                let words = lab.run(shard: "1h", workers: 2, "--slots", "2")
                let first = try await lab.start(after: "umask \(mask)", words)
                try await lab.requests(20)
                #expect(lab.exists("out/.redis/redis.sock"))
                #expect(try Self.open(lab, "out") == [])
                await first.sendToGroup(SIGKILL)
                _ = try await first.result()
                try await eventually("all have ended") { lab.strays.isEmpty }
                let second = try await lab.start(after: "umask \(mask)", words)
                let result = try await second.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
                #expect(try Self.open(lab, "out") == [])
                let merge = try await lab.start(after: "umask \(mask)", ["merge", "out", "--compress", "none"]).result()
                #expect(merge.end == .exited(0))
                #expect(try Self.open(lab, "out") == [])
                // The search finds what is there.
                chmod(lab.path("out/manifest.json"), 0o640)
                #expect(try Self.open(lab, "out") == ["manifest.json 640"])
            }
        }
    }
}
