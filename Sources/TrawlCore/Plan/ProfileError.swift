/// What is wrong with an endpoint profile, in one line that begins with the place: `paging.pageSize.maximum: must be …`.
package struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The JSON path; empty for the document itself.
    package let path: String
    package let problem: String

    package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
