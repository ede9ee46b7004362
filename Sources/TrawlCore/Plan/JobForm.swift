/// How an endpoint that answers by jobs is spoken to. A job is submitted at the profile's path; it lies one component
/// below, and its results one below that.
package struct JobForm: Hashable, Sendable {
    /// Where the reply to a submission has the job's name.
    package let id: EndpointProfile.ReplyKey
    /// The path component of a job's results.
    package let results: String
    /// Where the reply to a question about a job has its state.
    package let state: EndpointProfile.ReplyKey
    /// States of a job that is still at work.
    package let running: [String]
    /// States of a job whose results can be read.
    package let done: [String]
    /// States of a job that came to nothing. All others mean that it is gone, and another one may do.
    package let failed: [String]
    /// Where the reply says why a job failed.
    package let error: EndpointProfile.ReplyKey?
    /// The path component, beside the jobs, that tells up to which instant data is complete.
    package let availability: String?
    /// Where replies, those with results included, state that instant.
    package let availableTo: EndpointProfile.ReplyKey?
    /// The flag in the submission's body that leaves out what started before the first day of the interval.
    package let startedOnly: EndpointProfile.Parameter?
}

extension EndpointProfile {
    /// The `job` object of a profile whose paging style is `job`.
    static func jobForm(_ root: ProfileObject) throws(ProfileError) -> JobForm {
        let object = try root.object(
            "job",
            keys: [
                "id", "results", "state", "running", "done", "failed", "error", "availability", "availableTo",
                "startedOnly",
            ])
        func optionalKey(_ key: String) throws(ProfileError) -> ReplyKey? {
            object.value(key) == nil ? nil : try replyKey(object, key)
        }
        let running = try object.texts("running")
        let done = try object.texts("done")
        let failed = object.value("failed") == nil ? [] : try object.texts("failed")
        if let twice = done.first(where: running.contains) {
            throw object.fail("done", "'\(twice)' stands in running too")
        }
        if let twice = failed.first(where: (running + done).contains) {
            throw object.fail("failed", "'\(twice)' stands in running or done too")
        }
        let availableTo = try optionalKey("availableTo")
        let availability = object.value("availability") == nil ? nil : try component(object, "availability")
        if availability != nil, availableTo == nil {
            throw object.fail("availableTo", "is missing; availability is asked for it")
        }
        return JobForm(
            id: try replyKey(object, "id"), results: try component(object, "results"),
            state: try replyKey(object, "state"), running: running, done: done, failed: failed,
            error: try optionalKey("error"), availability: availability, availableTo: availableTo,
            startedOnly: try object.optionalText("startedOnly").map { Parameter(place: .body, key: $0) })
    }

    /// One component of a path.
    private static func component(_ object: ProfileObject, _ key: String) throws(ProfileError) -> String {
        let text = try object.text(key)
        guard text.utf8.allSatisfy({ isLetterOrDigit($0) || "-._~".utf8.contains($0) }), text != ".", text != ".."
        else {
            throw object.fail(key, "must be one component of a path: letters, digits and -._~")
        }
        return text
    }
}

extension JobForm {
    /// What ``EndpointProfile/jobForm(_:)`` reads.
    var document: JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id.text), "results": .string(results), "state": .string(state.text),
            "running": .array(running.map(JSONValue.string)), "done": .array(done.map(JSONValue.string)),
        ]
        if !failed.isEmpty { members["failed"] = .array(failed.map(JSONValue.string)) }
        members["error"] = (error?.text).map(JSONValue.string)
        members["availability"] = availability.map(JSONValue.string)
        members["availableTo"] = (availableTo?.text).map(JSONValue.string)
        members["startedOnly"] = (startedOnly?.key).map(JSONValue.string)
        return .object(members)
    }
}
