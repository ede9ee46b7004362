/// Why a test cannot go on.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Returns once `condition` holds. Throws, with the name of what was waited for, when it does not within `limit`.
package func eventually(
    _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return }
        guard ContinuousClock.now < deadline else { throw TestFailure("waited \(limit) in vain: \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
