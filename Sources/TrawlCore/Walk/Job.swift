/// What the API calls a job: opaque, and never empty.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil for an empty text.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        self.text = text
    }

    package var description: String { text }
}

/// One request about jobs, beside those for pages of results.
package enum JobRequest: Hashable, Sendable {
    /// Up to which instant is data complete?
    case availability
    case submit(Interval)
    case status(JobID)
    /// Cancels a job that is running, removes one that is not.
    case delete(JobID)
}

package enum JobAnswer: Hashable, Sendable {
    /// Nil where the reply does not say.
    case available(to: Instant?)
    case submitted(JobID)
    case status(JobStatus)
    case deleted
}

package enum JobStatus: Hashable, Sendable {
    /// Not done yet.
    case running
    /// Its results can be read.
    case done
    /// It came to nothing, for this reason; a repetition may well do the same.
    case failed(String)
    /// Cancelled, expired, or whatever else is over: another job may do.
    case gone(String)
}
