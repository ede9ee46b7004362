import Guarded
import HTTPServer
import TrawlCore

/// `/api/v2/analytics/conversations/details/jobs`: the asynchronous query.
extension Cloud {
    private static let standardResultPage = 1000

    func submitJob(_ request: HTTPServerRequest) -> Answer {
        let query: JobQuery
        do throws(APIError) {
            query = try JobQuery(RequestBody.members(of: request))
        } catch {
            return failure(error)
        }
        let about = FaultRequest(endpoint: .jobSubmit, interval: query.search.interval.apiText)
        return struck(about) { fault in
            let now = clock.microseconds()
            let available = availability(at: now)
            let selection = pages.selection(query.search, before: available, limit: query.limit)
            do throws(APIError) {
                let id = try state.with { state throws(APIError) in
                    let id = try state.jobs.submit(
                        query.search, selection, availability: available, fate: fault?.fate, now: now)
                    state.statistics.jobs.submitted += 1
                    state.statistics.jobs.runningPeak = max(
                        state.statistics.jobs.runningPeak, state.jobs.running(at: now))
                    return id
                }
                return success(Array(#"{"jobId":"\#(id)"}"#.utf8), status: 202)
            } catch {
                return failure(error)
            }
        }
    }

    func jobStatus(_ id: String) -> Answer {
        withJob(id) { job in
            struck(FaultRequest(endpoint: .jobStatus, interval: job.search.interval.apiText)) { fault in
                let now = clock.microseconds()
                let job = state.with { $0.jobs.look(at: id, fate: fault?.fate, now: now) } ?? job
                return success(Array(status(of: job, at: now).utf8), status: job.phase(at: now).isRunning ? 202 : 200)
            }
        }
    }

    func deleteJob(_ id: String) -> Answer {
        withJob(id) { job in
            struck(FaultRequest(endpoint: .jobDelete, interval: job.search.interval.apiText)) { _ in
                let now = clock.microseconds()
                state.with { state in
                    switch state.jobs.delete(id, now: now) {
                    case true: state.statistics.jobs.cancelled += 1
                    case false: state.statistics.jobs.deleted += 1
                    case nil: break
                    }
                }
                var answer = success([], status: 204)
                answer.response.headers.removeAll { $0.0 == "Content-Type" }
                return answer
            }
        }
    }

    func jobsAvailability() -> Answer {
        struck(FaultRequest(endpoint: .jobAvailability)) { _ in
            success(Array(#"{"dataAvailabilityDate":"\#(availability(at: clock.microseconds()).toTheSecond)"}"#.utf8))
        }
    }

    func jobResults(_ id: String, _ request: HTTPServerRequest) throws(APIError) -> PageAsk {
        let query = QueryString(request)
        try query.refuseOthers(than: ["cursor", "pageSize"])
        let now = clock.microseconds()
        guard let job = state.with({ $0.jobs.look(at: id, now: now) }) else { throw .noSuchJob }
        let phase = job.phase(at: now)
        guard phase == .fulfilled else { throw .noResults(phase) }
        let largest = options.maximumJobPageSize
        let text = query.text("pageSize")
        let size = text.map { Int($0) ?? 0 } ?? min(Self.standardResultPage, largest)
        guard (1...largest).contains(size) else {
            throw .badRequest(
                "pageSize must be between 1 and \(largest), not \(text ?? "").", code: "constraint.validation")
        }
        var first = 0
        if let raw = query.raw("cursor") {
            // What means something else in a query string has to come percent-encoded.
            guard !raw.contains(where: { "+/=".contains($0) }),
                let offset = JobCursor.offset(query.text("cursor") ?? "", job: id, count: job.selection.count)
            else { throw .invalidCursor }
            first = offset
        }
        let available = job.availability.toTheSecond
        var ask = PageAsk(.jobResults, job.search, job.selection, from: first, size: size) { figures in
            let next = figures.next.map { #""cursor":"\#(JobCursor.text(offset: $0, job: id))""# }
            return PageForm(
                recordsKey: "conversations",
                after: [next, #""dataAvailabilityDate":"\#(available)""#].compactMap(\.self),
                showsAttributes: true)
        }
        ask.job = id
        return ask
    }

    /// The first instant whose data may be missing from the lake, in whole seconds as the API tells it.
    private func availability(at now: Int64) -> Instant {
        let end = instant(at: now) + -options.availabilityLag.wholeMilliseconds
        return end + -(end.millisecondOfDay % 1000)
    }

    private func withJob(_ id: String, _ answer: (Job) -> Answer) -> Answer {
        let now = clock.microseconds()
        return state.with { $0.jobs.look(at: id, now: now) }.map(answer) ?? failure(.noSuchJob)
    }

    private func status(of job: Job, at now: Int64) -> String {
        let phase = job.phase(at: now)
        var members = [#""state":"\#(phase.rawValue)""#]
        if phase == .failed, let failure = job.failure {
            members.append("\"errorMessage\":\(JSONValue.quoted(failure))")
        }
        if phase == .fulfilled || phase == .expired {
            members.append(#""expirationDate":"\#(instant(at: job.expires))""#)
        }
        members.append(#""submissionDate":"\#(instant(at: job.submitted))""#)
        if !phase.isRunning { members.append(#""completionDate":"\#(instant(at: job.completed))""#) }
        return "{" + members.joined(separator: ",") + "}"
    }
}

extension APIError {
    fileprivate static let noSuchJob = APIError(404, "not.found", "The requested resource was not found.")

    static func noResults(_ phase: Job.Phase) -> APIError {
        phase == .expired
            ? .badRequest("The results of the job have expired.")
            : .badRequest("The job is \(phase.rawValue): there are no results.")
    }
}

extension Fault {
    var fate: Job.Fate? {
        if case .job(let fate) = self { fate } else { nil }
    }
}

extension Instant {
    /// Without the milliseconds, as the API tells the availability of data.
    fileprivate var toTheSecond: String { String(rfc3339.prefix(19)) + "Z" }
}
