import HTTP
import HTTPServer
import Testing
import TrawlCore
import TrawlSource

/// What goes over the wire where an endpoint answers by jobs, and how the answers are read.
struct JobRequestTests {
    private static let profile = EndpointProfile.builtIn(named: "details-jobs")!
    /// Its name has to be encoded.
    private static let job = JobID("a/b c")!

    /// Every request below the jobs' path gets the same answer.
    private static func with<T: Sendable>(
        match: Match = .started, filter: JSONValue? = nil, answer: HTTPServerResponse,
        _ body: (GenesysSource) async throws -> T
    ) async throws -> (T, HTTPServerRequest) {
        let service = try Service(queryPath: profile.path + "*", query: { _, _ in answer })
        let source = try GenesysSource(
            profile: profile, filter: filter, match: match, apiURL: service.url, tokens: service.tokens(),
            client: service.client)
        let result = try await body(source)
        return (result, try #require(await service.journal.queries.last))
    }

    private static func failure(_ request: JobRequest, _ answer: HTTPServerResponse) async throws -> FetchFailure {
        try await with(answer: answer) { source in
            do throws(FetchFailure) {
                _ = try await source.ask(request)
            } catch {
                return error
            }
            throw Unexpected("it succeeded")
        }.0
    }

    @Test func `a submission posts interval and filter, and the flag of the rule that the run follows`() async throws {
        let filter = JSONValue.object(["limit": .integer(7)])
        for match in Match.allCases {
            let (answer, request) = try await Self.with(
                match: match, filter: filter, answer: .json(#"{"jobId":"a/b c"}"#, status: 202)
            ) { try await $0.ask(.submit(anHour.interval)) }
            #expect(answer == .submitted(Self.job))
            #expect(request.method == "POST" && request.query == nil && request.path == Self.profile.path)
            let flag = match == .started ? #","startOfDayIntervalMatching":true"# : ""
            #expect(
                String(decoding: request.body, as: UTF8.self)
                    == #"{"interval":"2024-03-01T00:00:00.000Z/2024-03-01T01:00:00.000Z","limit":7,"order":"asc","#
                    + #""orderBy":"conversationStart"\#(flag)}"#)
        }
    }

    @Test func `results are read without a body, the job's name and the cursor percent-encoded`() async throws {
        let body =
            #"{"conversations":[\#(record("x"))],"cursor":"Y3Vyc29y+/8=","dataAvailabilityDate":"2024-03-02T00:00:00Z"}"#
        let position = PagePosition(number: 2, cursor: Cursor(Array("a+/b=".utf8)))
        let asked = PageRequest(interval: anHour.interval, position: position, size: 1000, job: Self.job)
        let (page, request) = try await Self.with(answer: .json(body)) { try await $0.fetch(asked) }
        #expect(request.method == "GET" && request.body.isEmpty)
        #expect(
            String(decoding: request.target, as: UTF8.self)
                == "\(Self.profile.path)/a%2Fb%20c/results?pageSize=1000&cursor=a%2B%2Fb%3D")
        #expect(page.cursor == Cursor(Array("Y3Vyc29y+/8=".utf8)))
        #expect(page.availableTo == Instant("2024-03-02T00:00:00Z") && page.records.entries.count == 1)
    }

    @Test(arguments: [#""later""#, "null", "7", #"["2024-03-02T00:00:00Z"]"#])
    func `a date that is none was not given`(text: String) async throws {
        let asked = PageRequest(interval: anHour.interval, position: .first, size: 10, job: Self.job)
        let body = #"{"conversations":[],"dataAvailabilityDate":\#(text)}"#
        #expect(try await Self.with(answer: .json(body)) { try await $0.fetch(asked) }.0.availableTo == nil)
        let answer = try await Self.with(answer: .json(#"{"dataAvailabilityDate":\#(text)}"#)) {
            try await $0.ask(.availability)
        }
        #expect(answer.0 == .available(to: nil))
        #expect(String(decoding: answer.1.target, as: UTF8.self) == Self.profile.path + "/availability")
    }

    @Test(arguments: [
        ("QUEUED", 202, JobStatus.running), ("PENDING", 202, .running), ("FULFILLED", 200, .done),
        ("FAILED", 200, .failed("FAILED, too much")), ("CANCELLED", 200, .gone("CANCELLED, too much")),
        ("EXPIRED", 200, .gone("EXPIRED, too much")), ("SOMETHING\\nNEW", 200, .gone("SOMETHING NEW, too much")),
    ])
    func `a job's state is what the body says`(state: String, status: Int, expected: JobStatus) async throws {
        let body = #"{"state":"\#(state)","errorMessage":"too\nmuch","submissionDate":"2024-03-01T00:00:00Z"}"#
        let (answer, request) = try await Self.with(answer: .json(body.replacing("\n", with: "\\n"), status: status)) {
            try await $0.ask(.status(Self.job))
        }
        #expect(answer == .status(expected))
        #expect(request.method == "GET")
        #expect(String(decoding: request.target, as: UTF8.self) == Self.profile.path + "/a%2Fb%20c")
    }

    @Test(arguments: [200, 202, 204, 404, 410]) func `a job that is gone counts as deleted`(status: Int) async throws {
        let (answer, request) = try await Self.with(answer: HTTPServerResponse(status: status)) {
            try await $0.ask(.delete(Self.job))
        }
        #expect(answer == .deleted && request.method == "DELETE" && request.body.isEmpty)
    }

    @Test func `as many jobs as may run hold up their submitter and nobody else`() async throws {
        let body =
            #"{"message":"slow down","code":"too.many.requests","status":429,"limit":{"key":"details.jobs.concurrent.access.max"}}"#
        let full = HTTPServerResponse.json(body, status: 429, headers: [("Retry-After", "7")])
        guard case .busy(.seconds(7), _) = try await Self.failure(.submit(anHour.interval), full) else {
            Issue.record("not busy")
            return
        }
        // What is no submission is the quota's.
        #expect(try await Self.failure(.status(Self.job), full).kind == "throttled")
        let quota = HTTPServerResponse.error(
            429, "too.many.requests", "Rate limit exceeded", headers: [("Retry-After", "7")])
        #expect(try await Self.failure(.submit(anHour.interval), quota).kind == "throttled")
    }

    @Test(arguments: [
        (400, "The results of the job have expired."), (404, "The requested resource was not found."),
        (410, "gone"), (400, "invalid cursor format"),
    ])
    func `results that are refused ask for another job`(status: Int, message: String) async throws {
        let asked = PageRequest(interval: anHour.interval, position: .first, size: 10, job: Self.job)
        let (kind, _) = try await Self.with(answer: .error(status, "bad.request", message)) { source in
            do throws(FetchFailure) {
                _ = try await source.fetch(asked)
                return "none"
            } catch {
                return error.kind
            }
        }
        #expect(kind == "cursorRefused")
        #expect(
            try await Self.failure(.status(Self.job), .error(status, "bad.request", message)).kind == "cursorRefused")
    }

    @Test func `a submission that is refused stays refused`() async throws {
        let failure = try await Self.failure(.submit(anHour.interval), .error(400, "bad.request", "no such filter"))
        #expect(failure.kind == "refused")
    }

    @Test(arguments: ["", "[]", "{}", #"{"jobId":""}"#, #"{"jobId":7}"#, "<html>"])
    func `a reply without what it must have is asked for again`(body: String) async throws {
        #expect(try await Self.failure(.submit(anHour.interval), .json(body, status: 202)).kind == "transient")
        #expect(try await Self.failure(.status(Self.job), .json(body)).kind == "transient")
    }

    @Test func `an error about the page size is told from other refusals`() async throws {
        let asked = PageRequest(interval: anHour.interval, position: .first, size: 10, job: Self.job)
        for message in ["pageSize must be between 1 and 5", "The page size is too large"] {
            let (kind, _) = try await Self.with(answer: .error(400, "constraint.validation", message)) { source in
                do throws(FetchFailure) {
                    _ = try await source.fetch(asked)
                    return "none"
                } catch {
                    return error.kind
                }
            }
            #expect(kind == "pageSizeRefused", "\(message)")
        }
    }
}
