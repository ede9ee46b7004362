import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// Whole runs by every endpoint profile, and the command about them.
    @Suite struct ProfileTests {
        /// The words of a run that talks to the dialect of that name.
        private static func run(_ lab: Lab, dialect: String, endpoint: String? = nil, _ more: String...) -> [String] {
            lab.run().map { $0 == lab.url ? "\(lab.url)/dialect/\(dialect)" : $0 }
                + ["--endpoint", endpoint ?? dialect] + more
        }

        /// What the simulator calls the endpoint that has a profile's pages, and what it holds.
        private static func pages(_ name: String) -> (endpoint: String, truth: TruthSource) {
            name == "details-jobs" ? ("job-results", .jobs) : (name, .query)
        }

        @Test(arguments: EndpointProfile.builtIn.map(\.name))
        func `a run by any profile holds what the API holds, byte for byte`(name: String) async throws {
            try await Lab.with { lab in
                let result = try await lab.start(Self.run(lab, dialect: name)).result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth("out", Self.pages(name).truth)
                #expect(lab.simulator.statistics.mixedPaging == 0)
                #expect(Set(lab.simulator.statistics.pages.keys.map(\.endpoint)) == [Self.pages(name).endpoint])
            }
        }

        @Test(arguments: EndpointProfile.builtIn.map(\.name))
        func `small pages in bad weather make no difference`(name: String) async throws {
            let endpoint = Self.pages(name).endpoint
            let cursor =
                #"{"match": {"endpoint": "\#(endpoint)", "page": 3}, "times": 2, "fault": {"kind": "cursorInvalid"}},"#
                + #"{"match": {"endpoint": "\#(endpoint)", "page": 5}, "times": 2, "fault": {"kind": "cursorRepeat"}},"#
            let count =
                #"{"match": {"endpoint": "\#(endpoint)", "every": 3}, "fault": {"kind": "stalePageCount", "by": -2, "in": "both"}},"#
                + #"{"match": {"endpoint": "\#(endpoint)", "every": 4}, "fault": {"kind": "stalePageCount", "by": 40, "in": "body"}},"#
            let own =
                name.hasSuffix("cursor") || name.hasSuffix("token") || name == "details-jobs"
                ? cursor : name == "details-query" ? "" : count
            let faults =
                #"{"rules": [{"match": {"endpoint": "\#(endpoint)", "page": 2}, "times": 4, "fault": {"kind": "emptyPage", "array": true}},"#
                + own
                + #"{"match": {"endpoint": "\#(endpoint)", "request": [8, 30]}, "fault": {"kind": "expireTokens"}},"#
                + #"{"match": {"endpoint": "\#(endpoint)", "every": 11}, "fault": {"kind": "status", "status": 503}}]}"#
            try await Lab.with(faults: faults) { lab in
                let result = try await lab.start(Self.run(lab, dialect: name, "--page-size", "50")).result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth("out", Self.pages(name).truth)
            }
        }

        @Test(arguments: [
            #""duplicatePage"}"#, #""mutate","change":"shift"}"#, #""mutate","change":"shiftBack"}"#,
            #""mutate","change":"duplicateID"}"#,
        ])
        func `without a total, what comes twice on the way is found out and leaves no trace`(fault: String) async throws
        {
            for name in ["details-query-cursor", "details-query-paged"] {
                // The page is in the middle of its shard: what lies beyond shows the fault.
                let faults =
                    #"{"rules": [{"match": {"endpoint": "\#(name)", "page": 3, "interval": "2024-01-01T12:00:00.000Z/"}, "#
                    + #""times": 1, "fault": {"kind": \#(fault)}]}"#
                try await Lab.with(faults: faults) { lab in
                    let result = try await lab.start(Self.run(lab, dialect: name, "--page-size", "20")).result()
                    #expect(result.end == .exited(0), "\(name): \(result.error)")
                    #expect(lab.simulator.statistics.faults == 1)
                    try lab.expectTruth()
                }
            }
        }

        @Test(arguments: [LastCursor.null, .empty])
        func `a last cursor may be null or empty`(last: LastCursor) async throws {
            var options = Lab.small
            options.lastCursor = last
            try await Lab.with(options) { lab in
                for name in ["details-query-cursor", "details-query-token"] {
                    let words = Self.run(lab, dialect: name).map { $0 == "out" ? name : $0 }
                    try await lab.complete(words)
                    try lab.expectTruth(name)
                }
            }
        }

        /// The cursor dialect by GET, everything in the query string, as a profile of one's own.
        private static let own = """
            {"name":"mine","method":"GET","path":"/api/v2/analytics/conversations/details/query",
            "interval":{"in":"query","from":"dateFrom","to":"dateTo","inclusiveEnd":true},
            "paging":{"style":"cursor","pageSize":{"in":"query","key":"pageSize","standard":80,"minimum":10,"maximum":100},
            "cursor":{"in":"query","key":"nextPageCursor","from":"nextPageCursor"}},
            "records":{"keys":["conversations"],"id":"conversationId","start":"conversationStart","end":"conversationEnd"}}
            """

        @Test func `a profile of one's own is part of the plan, whatever becomes of its file`() async throws {
            try await Lab.with { lab in
                try lab.write(Self.own, to: "mine.json")
                let words = Self.run(lab, dialect: "details-query-cursor", endpoint: "mine.json")
                try await lab.complete(words)
                try lab.expectTruth()
                #expect(lab.simulator.statistics.pages.keys.allSatisfy { $0.pageSize == 80 })
                let status = try await lab.trawl("status", "out")
                #expect(status.output.contains(": mine, "), "\(status.output)")
                // Changed, it is another plan; only described otherwise, it is not.
                try lab.write(
                    Self.own.replacing(#""mine""#, with: #""mine","description":"of my own""#), to: "mine.json")
                #expect(try await lab.start(words).result().end == .exited(0))
                try lab.write(Self.own.replacing("[\"conversations\"]", with: "[\"entities\"]"), to: "mine.json")
                let refused = try await lab.start(words).result()
                #expect(refused.end == .exited(64))
                #expect(refused.error.contains("--endpoint"), "\(refused.error)")
                try lab.expectTruth()
            }
        }

        @Test(arguments: [
            (["--page-size", "9"], "10 to 100"), (["--page-size", "101"], "10 to 100"),
            (["--filter-file", "filter.json"], "GET"),
        ])
        func `a run keeps to the bounds of its profile`(words: [String], part: String) async throws {
            try await Lab.with { lab in
                try lab.write(Self.own, to: "mine.json")
                try lab.write(#"{"order": "asc"}"#, to: "filter.json")
                let run = Self.run(lab, dialect: "details-query-cursor", endpoint: "./mine.json") + words
                let result = try await lab.start(run).result()
                #expect(result.end == .exited(64))
                #expect(result.errorLines.count == 1 && result.error.contains(part), "\(result.error)")
                #expect(!lab.exists("out"))
            }
        }

        @Test(arguments: [
            ("details-query-cursor", "dateFrom"), ("details-query-cursor", "nextPageCursor"),
            ("details-query-token", "page"), ("details-query-paged", "interval"), ("details-query-pagecount", "paging"),
            ("summary-queries", "pageNumber"),
        ])
        func `a filter sets nothing that its profile's walk sets`(name: String, key: String) async throws {
            try await Lab.with { lab in
                try lab.write(#"{"\#(key)": 1}"#, to: "filter.json")
                let result = try await lab.start(Self.run(lab, dialect: name, "--filter-file", "filter.json")).result()
                #expect(result.end == .exited(64))
                #expect(result.errorLines.count == 1 && result.error.contains("'\(key)'"), "\(result.error)")
            }
        }

        @Test func `profiles are listed, shown and checked`() async throws {
            try await Lab.with { lab in
                let names = EndpointProfile.builtIn.map(\.name)
                let list = try await lab.trawl("profiles", "list")
                #expect(list.end == .exited(0))
                #expect(
                    list.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
                        == names)
                let json = try await lab.trawl("profiles", "list", "--json")
                #expect(json.output.hasPrefix(#"{"profiles":[{"#))
                for name in names {
                    let shown = try await lab.trawl("profiles", "show", name)
                    try lab.write(shown.output, to: "shown.json")
                    let checked = try await lab.trawl("profiles", "check", "shown.json")
                    #expect(checked.end == .exited(0), "\(checked.error)")
                    #expect(checked.output.contains(name))
                }
                try lab.write(Self.own.replacing("\"maximum\":100", with: "\"maximum\":0"), to: "wrong.json")
                let wrong = try await lab.trawl("profiles", "check", "wrong.json")
                #expect(wrong.end == .exited(64) && wrong.output.isEmpty)
                #expect(
                    wrong.error.contains("wrong.json: paging.pageSize.maximum: must be a whole number of 1 or more"))
                let twice = "\"maximum\":100,\"maximum\":10"
                try lab.write(Self.own.replacing("\"maximum\":100", with: twice), to: "twice.json")
                for words in [["profiles", "check", "twice.json"], lab.run() + ["--endpoint", "./twice.json"]] {
                    let result = try await lab.start(words).result()
                    #expect(result.end == .exited(64) && result.errorLines.count == 1)
                    #expect(
                        result.error.contains("twice.json: paging.pageSize.maximum: occurs twice"), "\(result.error)")
                }
                try lab.write(#"{"order":"asc","x":[{"y":1,"y":2}]}"#, to: "filter.json")
                let filtered = try await lab.start(lab.run() + ["--filter-file", "filter.json"]).result()
                #expect(filtered.end == .exited(64) && filtered.errorLines.count == 1)
                #expect(filtered.error.contains("filter.json: x[0].y: occurs twice"), "\(filtered.error)")
                #expect(!lab.exists("out"))
                for words in [
                    ["profiles"], ["profiles", "show"], ["profiles", "show", "mine"],
                    ["profiles", "check", "none.json"],
                    ["profiles", "list", "x"], ["profiles", "show", "x", "y"],
                ] {
                    let result = try await lab.start(words).result()
                    #expect(result.end == .exited(64) && result.errorLines.count == 1, "\(words): \(result.error)")
                }
            }
        }
    }
}
