import Glibc
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// Whole runs by the asynchronous API.
    @Suite struct JobTests {
        /// Jobs that are done at once, unless a test wants them slow.
        private static func options(jobTime: Duration = .milliseconds(200)) -> SimulatorOptions {
            var options = Lab.small
            options.jobTime = jobTime
            return options
        }

        private static func words(_ lab: Lab, _ more: String...) -> [String] {
            lab.run() + ["--endpoint", "details-jobs"] + more
        }

        /// No job is left at the API.
        private static func expectNoJobs(_ lab: Lab, sourceLocation: SourceLocation = #_sourceLocation) {
            let jobs = lab.simulator.statistics.jobs
            #expect(jobs.deleted + jobs.cancelled == jobs.submitted, "\(jobs)", sourceLocation: sourceLocation)
        }

        @Test func `participant attributes survive, a job per shard is submitted, and none is left`() async throws {
            try await Lab.with(Self.options()) { lab in
                try await lab.complete(Self.words(lab))
                try lab.expectTruth("out", .jobs)
                #expect(String(decoding: try lab.merged(), as: UTF8.self).contains(#""attributes":{"#))
                #expect(lab.simulator.statistics.jobs.submitted == 8)
                Self.expectNoJobs(lab)
                // What the manifest counts is what the API saw.
                let manifest = String(decoding: try lab.files("out")["manifest.json"] ?? [], as: UTF8.self)
                #expect(
                    manifest.replacing(" ", with: "").contains(#""requests":\#(lab.simulator.statistics.apiRequests)"#),
                    "\(lab.simulator.statistics.apiRequests)")
            }
        }

        @Test func `match overlap asks without the flag and keeps all that was going on`() async throws {
            try await Lab.with(Self.options()) { lab in
                let words = lab.run().map { $0 == "2024-01-01" ? "2024-01-02" : $0 }
                try await lab.complete(words + ["--endpoint", "details-jobs", "--match", "overlap"])
                var truth: [UInt8] = []
                let day = try #require(
                    Interval(from: Instant("2024-01-02T00:00:00Z")!, to: Instant("2024-01-03T00:00:00Z")!))
                lab.simulator.forEachTruth(in: day, match: .overlap, source: .jobs) { truth += $0 }
                let isTrue = try lab.merged() == truth
                #expect(isTrue)
                let started = Self.options().interval
                #expect(truth.count { $0 == 0x0A } > 0 && started.contains(day.from))
            }
        }

        @Test func `a worker that is killed leaves its jobs to the next one`() async throws {
            try await Lab.with(Self.options(jobTime: .seconds(3))) { lab in
                let run = try await lab.start(Self.words(lab))
                try await eventually("all jobs are submitted") { lab.simulator.statistics.jobs.submitted == 8 }
                // The name of the last job has to reach Redis: whoever asks for its state has written it down.
                try await eventually("all jobs are asked after") {
                    lab.simulator.statistics.requests["job-status", default: [:]].values.reduce(0, +) >= 8
                }
                for victim in lab.workers { kill(victim.id, SIGKILL) }
                let result = try await run.result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth("out", .jobs)
                #expect(lab.simulator.statistics.jobs.submitted == 8)
                Self.expectNoJobs(lab)
            }
        }

        @Test func `jobs that fail, expire and get stuck cost no record`() async throws {
            let faults = """
                {"rules": [
                {"match": {"endpoint": "job-submit", "request": 2}, "fault": {"kind": "jobFailed", "message": "no luck"}},
                {"match": {"endpoint": "job-submit", "request": 3}, "fault": {"kind": "jobExpired"}},
                {"match": {"endpoint": "job-submit", "request": 5}, "fault": {"kind": "jobStuck"}},
                {"match": {"endpoint": "job-results", "request": 2}, "fault": {"kind": "jobExpired"}},
                {"match": {"endpoint": "job-results", "request": 4}, "fault": {"kind": "jobFailed"}},
                {"match": {"endpoint": "job-delete", "request": 1}, "fault": {"kind": "status", "status": 500}},
                {"match": {"endpoint": "job-availability", "request": 1}, "fault": {"kind": "status", "status": 503}},
                {"match": {"endpoint": "job-status", "request": 3}, "fault": {"kind": "expireTokens"}}]}
                """
            try await Lab.with(Self.options(), faults: faults) { lab in
                let result = try await lab.start(Self.words(lab, "--page-size", "200", "--job-timeout", "3s")).result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth("out", .jobs)
                #expect(result.error.contains("no luck") && result.error.contains("was not done in time"))
            }
        }

        @Test func `no more jobs run than the organisation may have, and nobody is throttled for it`() async throws {
            var options = Self.options()
            options.maximumRunningJobs = 2
            try await Lab.with(options) { lab in
                let result = try await lab.start(Self.words(lab)).result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth("out", .jobs)
                #expect(lab.simulator.statistics.jobs.submitted == 8)
                #expect(lab.simulator.statistics.jobs.runningPeak == 2)
                #expect(!result.error.contains("gate"), "\(result.error)")
                Self.expectNoJobs(lab)
            }
        }

        @Test func `data that is not there yet ends the run 3, and the same command gets it later`() async throws {
            var early = Self.options()
            early.now = Instant("2024-01-03T00:00:00Z")
            early.availabilityLag = .seconds(86_400)
            try await Lab.with(early) { lab in
                let result = try await lab.start(Self.words(lab)).result()
                #expect(result.end == .exited(3))
                #expect(
                    result.error.contains(
                        "4 shards not fetched yet: the API's data is complete only up to 2024-01-02T00:00"),
                    "\(result.error)")
                #expect(!lab.exists("out/_SUCCESS"))
                #expect(try lab.files("out/out").count == 4)
                Self.expectNoJobs(lab)
                // Two days later.
                var late = early
                late.now = Instant("2024-01-05T00:00:00Z")
                let simulator = try Simulator(late)
                defer { simulator.stop() }
                let url = try simulator.start()
                try await lab.complete(Self.words(lab).map { $0 == lab.url ? url : $0 })
                try lab.expectTruth("out", .jobs)
                #expect(simulator.statistics.jobs.submitted == 4)
            }
        }

        @Test func `a run that is interrupted leaves no job at the API`() async throws {
            try await Lab.with(Self.options(jobTime: .seconds(30))) { lab in
                let run = try await lab.start(Self.words(lab))
                try await eventually("all jobs are asked after") {
                    lab.simulator.statistics.requests["job-status", default: [:]].values.reduce(0, +) >= 8
                }
                await run.send(SIGINT)
                #expect(try await run.result().end == .exited(130))
                Self.expectNoJobs(lab)
                #expect(lab.simulator.statistics.jobs.cancelled == 8)
            }
        }
    }
}
