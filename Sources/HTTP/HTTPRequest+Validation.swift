extension HTTPRequest {
    /// Refuses whatever could make the bytes on the wire mean something else than this request: curl sends targets and
    /// header lines verbatim, line breaks included.
    func validate() throws(HTTPError) {
        guard isToken(method) else { throw .invalidRequest(reason: "method is not a token") }
        try validateOrigin()
        try validateTarget()
        for (name, value) in headers { try validateHeader(name, value) }
        guard body == nil || method != "HEAD" else { throw .invalidRequest(reason: "HEAD takes no body") }
        for limit in [timeouts.connect, timeouts.noProgress, timeouts.total] {
            guard limit > .zero, limit <= HTTPTimeouts.longest else {
                throw .invalidRequest(reason: "a time-out is not positive or longer than a year")
            }
        }
        guard maximumBodySize >= 0 else { throw .invalidRequest(reason: "maximumBodySize is negative") }
    }

    private func validateOrigin() throws(HTTPError) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .invalidRequest(reason: "url does not start with http:// or https://")
        }
        let marks = Array("-._~:[]".utf8)
        guard !host.isEmpty,
            url.utf8.drop(while: { $0 != UInt8(ascii: "/") }).dropFirst(2).allSatisfy({
                isAlphanumeric($0) || marks.contains($0)
            })
        else {
            throw .invalidRequest(reason: "url is not scheme://host[:port] alone")
        }
    }

    private func validateTarget() throws(HTTPError) {
        guard target.utf8.first == UInt8(ascii: "/") else {
            throw .invalidRequest(reason: "target does not start with /")
        }
        guard let bad = target.utf8.first(where: { $0 < 0x21 || $0 == 0x7f }) else { return }
        throw .invalidRequest(reason: "target holds byte 0x\(String(bad, radix: 16))")
    }

    private func validateHeader(_ name: String, _ value: String) throws(HTTPError) {
        guard isToken(name) else { throw .invalidRequest(reason: "a header name is not a token") }
        guard !value.utf8.contains(where: { $0 == 0x0d || $0 == 0x0a || $0 == 0 }) else {
            throw .invalidRequest(reason: "header \(name) holds a line break or NUL")
        }
        let reserved = ["content-length", "transfer-encoding", "expect", "accept-encoding"]
        guard !reserved.contains(where: { equalIgnoringCase($0, name) }) else {
            throw .invalidRequest(reason: "header \(name) is set by the client itself")
        }
    }
}

/// A token of RFC 9110: what methods and header names are made of.
private func isToken(_ text: String) -> Bool {
    let marks = Array("!#$%&'*+-.^_`|~".utf8)
    return !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: false
    }
}
