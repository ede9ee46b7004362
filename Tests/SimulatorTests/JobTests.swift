import HTTP
import HTTPServer
import Testing
import TrawlCore

@testable import Simulator

/// The asynchronous query, from submission to deletion.
@Suite(.timeLimit(.minutes(1)))
struct JobTests {
    private static let path = "/api/v2/analytics/conversations/details/jobs"
    private static let span = interval("2024-03-01", "2024-03-04")

    private static func submit(_ asker: Asker, _ interval: Interval = span, _ more: String = "") -> HTTPServerResponse {
        asker.send("POST", path, "{\"interval\":\"\(interval.apiText)\"\(more)}")
    }

    /// The id of a job that is done.
    private static func done(_ asker: Asker, _ interval: Interval = span, _ more: String = "") throws -> String {
        let id = try #require(try submit(asker, interval, more).json()["jobId"]?.string)
        asker.time.advance(.seconds(3))
        return id
    }

    private static func state(_ asker: Asker, _ id: String) throws -> String? {
        try asker.get("\(path)/\(id)").json()["state"]?.string
    }

    private static func encoded(_ cursor: String) -> String { cursor.replacing("=", with: "%3D") }

    /// The records of all pages of results, byte for byte.
    private static func results(_ asker: Asker, _ id: String, size: Int = 1000) throws -> [String] {
        var records: [String] = []
        var query = "?pageSize=\(size)"
        while true {
            let response = asker.get("\(path)/\(id)/results\(query)")
            #expect(response.status == 200)
            records += try ReadPage(response.body).records ?? []
            guard let cursor = try response.json()["cursor"]?.string else { return records }
            query = "?cursor=\(encoded(cursor))&pageSize=\(size)"
        }
    }

    @Test func `a job is queued, pending and fulfilled, and its results expire`() throws {
        let asker = try Asker(options(60))
        let validator = try SwaggerValidator()
        let submitted = Self.submit(asker)
        #expect(submitted.status == 202)
        #expect(validator.faults(in: try submitted.json(), as: "AsyncQueryResponse") == [])
        let id = try #require(try submitted.json()["jobId"]?.string)
        for (pause, status, state) in [
            (0, 202, "QUEUED"), (749, 202, "QUEUED"), (1, 202, "PENDING"), (2249, 202, "PENDING"),
            (1, 200, "FULFILLED"), (86_399_999, 200, "FULFILLED"), (1, 200, "EXPIRED"),
        ] {
            asker.time.advance(.milliseconds(pause))
            let response = asker.get("\(Self.path)/\(id)")
            #expect(response.status == status)
            let body = try response.json()
            #expect(body["state"]?.string == state)
            #expect(validator.faults(in: body, as: "AsyncQueryStatus") == [])
            #expect(body["submissionDate"] != nil)
            #expect((body["completionDate"] != nil) == (status == 200))
            #expect((body["expirationDate"] != nil) == (status == 200))
            #expect(body["errorMessage"] == nil)
            #expect(asker.get("\(Self.path)/\(id)/results").status == (state == "FULFILLED" ? 200 : 400))
        }
    }

    @Test(arguments: RecordSize.allCases) func `results are as the swagger defines them`(size: RecordSize) throws {
        var options = options(300)
        options.recordSize = size
        let asker = try Asker(options)
        let id = try Self.done(asker)
        let page = asker.get("\(Self.path)/\(id)/results?pageSize=200")
        let validator = try SwaggerValidator()
        #expect(validator.faults(in: try page.json(), as: "AnalyticsConversationAsyncQueryResponse") == [])
        #expect(try page.json()["totalHits"] == nil)
        let cursor = try #require(try page.json()["cursor"]?.string)
        #expect(cursor.hasPrefix("Y3Vyc29yX3Yy"))
        #expect(cursor.hasSuffix("="))
        let last = asker.get("\(Self.path)/\(id)/results?pageSize=200&cursor=\(Self.encoded(cursor))")
        #expect(validator.faults(in: try last.json(), as: "AnalyticsConversationAsyncQueryResponse") == [])
        #expect(try last.json()["cursor"] == nil)
        let available = asker.get("\(Self.path)/availability")
        #expect(validator.faults(in: try available.json(), as: "DataAvailabilityResponse") == [])
    }

    @Test func `results hold every lifetime that overlaps, with attributes, and the truth knows them`() throws {
        let asker = try Asker(options(300))
        let results = try Self.results(asker, try Self.done(asker), size: 70)
        #expect(results == asker.truth("/truth?match=overlap&source=jobs"))
        let started = asker.truth("/truth?source=jobs")
        #expect(started.count == 300)
        #expect(results.count > 300)
        #expect(Set(results).isSuperset(of: started))
        // The rest of a record is the same in both ways of asking.
        let plain = asker.truth("/truth")
        #expect(started != plain)
        for (rich, plain) in zip(started, plain) {
            let rich = try JSONReader.document(Array(rich.utf8))
            #expect(rich.withoutAttributes == (try JSONReader.document(Array(plain.utf8))))
        }
        #expect(started.count { $0.contains(#""attributes":{"#) } > 200)
        let summary = try asker.get("/truth/summary?source=jobs").json()
        #expect(summary["bytes"]?.integer == started.reduce(0) { $0 + $1.utf8.count + 1 })
        #expect(asker.get("/truth?source=else").status == 400)
    }

    @Test func `matching by the start of the day leaves out what began before`() throws {
        let asker = try Asker(options(300))
        let morning = interval("2024-03-02T10:00:00Z", "2024-03-02T12:00:00Z")
        let all = try Self.results(asker, try Self.done(asker, morning))
        let ofDay = try Self.results(asker, try Self.done(asker, morning, #","startOfDayIntervalMatching":true"#))
        #expect(ofDay.count < all.count)
        #expect(
            ofDay
                == all.filter {
                    let start = $0.firstRange(of: #""conversationStart":""#)!.upperBound
                    return $0[start...] >= "2024-03-02T00:00:00.000Z"
                })
        #expect(try Self.results(asker, try Self.done(asker, Self.span, #","limit":7"#)).count == 7)
        let none = interval("2031-03-02", "2031-03-03")
        let empty = asker.get(
            "\(Self.path)/\(try Self.done(asker, none, #","startOfDayIntervalMatching":true"#))/results")
        #expect(empty.text.hasPrefix(#"{"conversations":[],"dataAvailabilityDate":""#))
    }

    @Test func `data that has not arrived is silently missing`() throws {
        var options = options(300)
        options.now = Instant("2024-03-04T06:30:15.500Z")
        options.availabilityLag = .seconds(86_400)
        let asker = try Asker(options)
        let available = "2024-03-03T06:30:15Z"
        #expect(asker.get("\(Self.path)/availability").text == "{\"dataAvailabilityDate\":\"\(available)\"}")
        let id = try Self.done(asker)
        #expect(try Self.state(asker, id) == "FULFILLED")
        let page = try asker.get("\(Self.path)/\(id)/results").json()
        // What the job saw, not what has arrived since.
        #expect(page["dataAvailabilityDate"]?.string == available)
        let starts = try Self.results(asker, id).map {
            try JSONReader.document(Array($0.utf8))["conversationStart"]?.string ?? ""
        }
        #expect(starts.count < 300)
        #expect(starts.allSatisfy { $0 < available })
        asker.time.advance(.seconds(86_400))
        #expect(try Self.results(asker, try Self.done(asker)).count > 300)
    }

    @Test(arguments: [
        "Y3Vyc29yX3YyMzIxOTA1MjE%3D", "x", "", "%3D", "Y3Vyc29yX3YyMTIz",
    ]) func `a cursor that is none of this job is refused`(cursor: String) throws {
        let asker = try Asker(options(60))
        let response = asker.get("\(Self.path)/\(try Self.done(asker))/results?cursor=\(cursor)")
        #expect(response.status == 400)
        #expect(try response.json()["message"]?.string == "invalid cursor format")
    }

    @Test func `a cursor has to be percent-encoded and belongs to its job`() throws {
        let asker = try Asker(options(60))
        let first = try Self.done(asker)
        let second = try Self.done(asker)
        let cursor = try #require(try asker.get("\(Self.path)/\(first)/results?pageSize=10").json()["cursor"]?.string)
        #expect(asker.get("\(Self.path)/\(first)/results?cursor=\(cursor)").status == 400)
        #expect(asker.get("\(Self.path)/\(first)/results?cursor=\(Self.encoded(cursor))").status == 200)
        #expect(asker.get("\(Self.path)/\(second)/results?cursor=\(Self.encoded(cursor))").status == 400)
        for size in ["0", "10001", "x"] {
            #expect(asker.get("\(Self.path)/\(first)/results?pageSize=\(size)").status == 400)
        }
        #expect(asker.get("\(Self.path)/\(first)/results?pageNumber=2").status == 400)
    }

    @Test func `deleting cancels a job that runs and removes one that does not`() throws {
        let asker = try Asker(options(60))
        let id = try #require(try Self.submit(asker).json()["jobId"]?.string)
        let cancelled = asker.send("DELETE", "\(Self.path)/\(id)")
        #expect(cancelled.status == 204)
        #expect(cancelled.body.isEmpty)
        #expect(try Self.state(asker, id) == "CANCELLED")
        #expect(asker.get("\(Self.path)/\(id)/results").status == 400)
        #expect(asker.send("DELETE", "\(Self.path)/\(id)").status == 204)
        for method in ["GET", "DELETE"] { #expect(asker.send(method, "\(Self.path)/\(id)").status == 404) }
        #expect(asker.get("\(Self.path)/\(id)/results").status == 404)
        #expect(asker.send("PUT", "\(Self.path)/\(id)").header("Allow") == "GET, DELETE")
        #expect(asker.get(Self.path).status == 405)
        let jobs = try asker.get("/stats").json()["jobs"]
        #expect(jobs?.canonical == #"{"cancelled":1,"deleted":1,"runningPeak":1,"submitted":1}"#)
    }

    @Test func `only so many jobs run at once`() throws {
        var options = options(10)
        options.maximumRunningJobs = 2
        let asker = try Asker(options)
        let first = try #require(try Self.submit(asker).json()["jobId"]?.string)
        asker.time.advance(.seconds(1))
        #expect(Self.submit(asker).status == 202)
        let refused = Self.submit(asker)
        #expect(refused.status == 429)
        #expect(refused.header("Retry-After") == "2")
        #expect(
            try SwaggerValidator().faults(
                in: refused.json(), as: "ErrorBody", mayBeEmpty: ["ErrorBody.details", "ErrorBody.errors"]) == [])
        #expect(try refused.json()["limit"]?["key"]?.string == "details.jobs.concurrent.access.max")
        #expect(asker.send("DELETE", "\(Self.path)/\(first)").status == 204)
        #expect(Self.submit(asker).status == 202)
    }

    @Test(arguments: [
        ("{}", "interval"), (#"{"interval":"x"}"#, "ISO-8601"), (#","paging":{"pageSize":1,"pageNumber":1}"#, "paging"),
        (#","aggregations":[]"#, "aggregations"), (#","limit":0"#, "limit"), (#","limit":"5""#, "limit"),
        (#","startOfDayIntervalMatching":"yes""#, "startOfDayIntervalMatching"), (#","order":"up""#, "order"),
    ]) func `a body that is wrong is refused with 400`(body: String, message: String) throws {
        let asker = try Asker(options(10))
        let response = body.hasPrefix("{") ? asker.send("POST", Self.path, body) : Self.submit(asker, Self.span, body)
        #expect(response.status == 400)
        #expect(try response.json()["message"]?.string?.contains(message) == true, "\(response.text)")
        #expect(asker.get("\(Self.path)/0/more").status == 404)
    }

    @Test func `faults decide what becomes of jobs`() throws {
        var options = options(60)
        options.faultScript = Array(
            #"""
            {"rules":[
            {"match":{"endpoint":"job-submit","request":1},"fault":{"kind":"jobFailed","message":"lake \"dry\""}},
            {"match":{"endpoint":"job-submit","request":2},"fault":{"kind":"jobExpired"}},
            {"match":{"endpoint":"job-submit","interval":"2024-03-09"},"fault":{"kind":"jobStuck"}},
            {"match":{"endpoint":"job-results","page":2},"times":1,"fault":{"kind":"jobExpired"}},
            {"match":{"endpoint":"job-status","request":3},"fault":{"kind":"jobFailed"}},
            {"match":{"endpoint":"job-delete","request":1},"fault":{"kind":"status","status":503}},
            {"match":{"endpoint":"job-availability","request":1},"fault":{"kind":"html"}}
            ]}
            """#.utf8)
        let asker = try Asker(options)
        let failed = try Self.done(asker)
        #expect(try asker.get("\(Self.path)/\(failed)").json()["errorMessage"]?.string == #"lake "dry""#)
        let expired = try Self.done(asker)
        #expect(try Self.state(asker, expired) == "EXPIRED")
        #expect(asker.get("\(Self.path)/\(expired)/results").status == 400)
        let fine = try Self.done(asker)
        let cursor = try #require(try asker.get("\(Self.path)/\(fine)/results?pageSize=10").json()["cursor"]?.string)
        let second = "\(Self.path)/\(fine)/results?pageSize=10&cursor=\(Self.encoded(cursor))"
        #expect(try asker.get(second).json()["message"]?.string == "The results of the job have expired.")
        #expect(asker.get(second).status == 400)
        let later = try #require(try Self.submit(asker).json()["jobId"]?.string)
        #expect(try Self.state(asker, later) == "FAILED")
        let stuck = try Self.done(asker, interval("2024-03-09", "2024-03-10"))
        asker.time.advance(.seconds(86_400 * 9))
        #expect(asker.get("\(Self.path)/\(stuck)").status == 202)
        #expect(asker.send("DELETE", "\(Self.path)/\(stuck)").status == 503)
        #expect(asker.send("DELETE", "\(Self.path)/\(stuck)").status == 204)
        #expect(asker.get("\(Self.path)/availability").header("Content-Type") == "text/html")
        #expect(asker.get("\(Self.path)/availability").status == 200)
    }

    @Test func `jobs work over HTTP`() async throws {
        var options = options(60)
        options.accessTokens = ["good"]
        options.jobTime = .zero
        let simulator = try Simulator(options)
        let url = try simulator.start()
        let client = HTTPClient()
        func send(_ method: String, _ target: String, _ body: String? = nil) async throws -> HTTPResponse {
            try await client.send(
                HTTPRequest(
                    method: method, url: url, target: "/dialect/details-jobs" + target,
                    headers: [("Authorization", "Bearer good"), ("Content-Type", "application/json")],
                    body: body.map { Array($0.utf8) }))
        }
        let submitted = try await send("POST", Self.path, "{\"interval\":\"\(Self.span.apiText)\"}")
        let id = try #require(try JSONReader.document(submitted.body)["jobId"]?.string)
        #expect(try await send("GET", "\(Self.path)/\(id)").status == 200)
        let results = try await send("GET", "\(Self.path)/\(id)/results").body
        #expect(try ReadPage(results).ids.count >= 60)
        #expect(try await send("DELETE", "\(Self.path)/\(id)").status == 204)
        #expect(try await send("GET", "\(Self.path)/\(id)").status == 404)
        #expect(simulator.statistics.requests["job-status"] == [200: 1, 404: 1])
        #expect(simulator.statistics.jobs == SimulatorStatistics.Jobs(submitted: 1, deleted: 1))
        #expect(simulator.statistics.apiRequests == 5)
    }
}

extension JSONValue {
    /// The value without any member `attributes` in it.
    fileprivate var withoutAttributes: JSONValue {
        switch self {
        case .array(let values): .array(values.map(\.withoutAttributes))
        case .object(let members):
            .object(members.filter { $0.key != "attributes" }.mapValues(\.withoutAttributes))
        default: self
        }
    }
}
