/// Where in the results of a job a page starts, as the API writes it: the base64 of `cursor_v2` and a number.
///
/// The number counts from another start in every job, and it has so many digits that the text ends with `=`, which has a
/// meaning of its own in a query string.
enum JobCursor {
    private static let head = "cursor_v2"

    private static func start(of job: String) -> Int {
        let bits = job.utf8.reduce(0) { SplitMix.mixed($0 ^ UInt64($1)) }
        return 10_000_000 + Int(bits % 40_000_000)
    }

    static func text(offset: Int, job: String) -> String {
        Base64.encoded(Array("\(head)\(start(of: job) + offset)".utf8))
    }

    /// The offset; nil for a text that is no cursor of this job.
    static func offset(_ text: String, job: String, count: Int) -> Int? {
        guard let decoded = Base64.decoded(text), decoded.hasPrefix(head),
            let number = Int(decoded.dropFirst(head.count))
        else { return nil }
        let offset = number - start(of: job)
        return (0...count).contains(offset) && self.text(offset: offset, job: job) == text ? offset : nil
    }
}
