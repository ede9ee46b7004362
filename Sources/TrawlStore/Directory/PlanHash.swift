package import TrawlCore

/// The plan hash: SHA-256 of everything that tells two plans apart, in lower-case hex.
package func planHash(of request: PlanRequest) -> String {
    SHA256.hex(of: request.hashInput)
}
