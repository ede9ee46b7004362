import CCurl

/// The header lines of a request as curl wants them, alive as long as the transfer.
final class HeaderLines {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    init(_ request: HTTPRequest) {
        for (name, value) in request.headers {
            // "Name:" alone would tell curl to leave the header out; "Name;" sends it empty.
            append(value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(name);" : "\(name): \(value)")
        }
        if request.acceptGzip { append("Accept-Encoding: gzip") }
        if firstValue(of: "User-Agent", in: request.headers) == nil { append("User-Agent: trawl/0.1") }
        // curl would call every body a form.
        if firstValue(of: "Content-Type", in: request.headers) == nil { append("Content-Type:") }
        append("Expect:")
    }

    deinit { curl_slist_free_all(list) }

    private func append(_ line: String) {
        guard let longer = curl_slist_append(list, line) else { fatalError("out of memory") }
        list = longer
    }
}
