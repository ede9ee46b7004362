import CCurl

/// A job on an easy handle. Confined to the loop thread from creation to `result`.
final class Transfer {
    let job: Job
    let easy: UnsafeMutableRawPointer
    private let headerLines: HeaderLines
    private let detail: UnsafeMutablePointer<CChar>
    private var head = ResponseHead()
    private var body: [UInt8] = []
    private var failure: HTTPError?
    private var watch: ProgressWatch

    private var request: HTTPRequest { job.request }

    /// Borrows `easy`: a fresh or reset handle, which is no longer used after the transfer ends.
    init(_ job: Job, on easy: UnsafeMutableRawPointer, now: ContinuousClock.Instant) throws(HTTPError) {
        self.job = job
        self.easy = easy
        headerLines = HeaderLines(job.request)
        detail = .allocate(capacity: Int(CURL_ERROR_SIZE))
        detail.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        watch = ProgressWatch(job.request.timeouts, now: now)
        try configure()
    }

    deinit { detail.deallocate() }

    // MARK: Options

    private func configure() throws(HTTPError) {
        var setup = EasySetup(easy)
        setup.long(CURLOPT_NOSIGNAL, 1)
        setup.string(CURLOPT_PROXY, "")  // not what the environment says
        setup.long(CURLOPT_NETRC, 0)
        setup.long(CURLOPT_FOLLOWLOCATION, 0)
        setup.string(CURLOPT_PROTOCOLS_STR, "http,https")
        setup.long(CURLOPT_SSL_VERIFYPEER, 1)
        setup.long(CURLOPT_SSL_VERIFYHOST, 2)
        setup.long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // The library itself does not look at the variables that the command of its name takes these from.
        if let file = job.authorities.file { setup.string(CURLOPT_CAINFO, file) }
        if let directory = job.authorities.directory { setup.string(CURLOPT_CAPATH, directory) }
        setup.long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        setup.long(CURLOPT_BUFFERSIZE, 128 << 10)
        setup.long(CURLOPT_TCP_KEEPALIVE, 1)
        setup.long(CURLOPT_TCP_KEEPIDLE, 60)
        setup.long(CURLOPT_TCP_KEEPINTVL, 15)
        setup.long(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.timeouts.connect / .milliseconds(1))))
        setup.pointer(CURLOPT_ERRORBUFFER, detail)

        setup.string(CURLOPT_URL, request.url + "/")
        setup.long(CURLOPT_PATH_AS_IS, 1)
        setup.string(CURLOPT_REQUEST_TARGET, request.target)
        setup.pointer(CURLOPT_HTTPHEADER, headerLines.list)
        configureMethod(&setup)

        let context = Unmanaged.passUnretained(self).toOpaque()
        setup.receiver(CURLOPT_HEADERFUNCTION, headerReceived)
        setup.pointer(CURLOPT_HEADERDATA, context)
        setup.receiver(CURLOPT_WRITEFUNCTION, bodyReceived)
        setup.pointer(CURLOPT_WRITEDATA, context)
        if let code = setup.failure { throw HTTPError(code: code, detail: "", host: request.host) }
    }

    private func configureMethod(_ setup: inout EasySetup) {
        let expectsBody = ["POST", "PUT", "PATCH"].contains(request.method)
        if request.method == "HEAD" {
            setup.long(CURLOPT_NOBODY, 1)
        } else if request.body != nil || expectsBody {
            setup.long(CURLOPT_POST, 1)
            setup.offset(CURLOPT_POSTFIELDSIZE_LARGE, request.body?.count ?? 0)
            // The pointer outlives the closure, which holds because the array is native storage that `job` keeps alive
            // and nobody mutates. COPYPOSTFIELDS would copy.
            (request.body ?? []).withUnsafeBytes { setup.pointer(CURLOPT_POSTFIELDS, $0.baseAddress) }
        }
        setup.string(CURLOPT_CUSTOMREQUEST, request.method)
    }

    // MARK: Receiving

    /// False to end the transfer.
    fileprivate func receive(header line: UnsafeRawBufferPointer) -> Bool {
        guard head.take(line) else {
            failure = .transfer(host: request.host, reason: "response head over \(ResponseHead.maximumSize) bytes")
            return false
        }
        return true
    }

    /// False to end the transfer.
    fileprivate func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        let limit = request.maximumBodySize
        if body.isEmpty {
            let announced = CCurl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
            if announced > limit { return refuseBody() }
            if announced > 0 { body.reserveCapacity(announced + HTTPResponse.padding) }
        }
        guard body.count + bytes.count <= limit else { return refuseBody() }
        body.append(contentsOf: bytes)
        return true
    }

    private func refuseBody() -> Bool {
        failure = .bodyTooLarge(host: request.host, limit: request.maximumBodySize)
        return false
    }

    // MARK: Ending

    /// When to call `expired` next.
    var nextCheck: ContinuousClock.Instant { watch.nextCheck }

    /// The time-out that has struck, if any.
    func expired(at now: ContinuousClock.Instant) -> HTTPError? {
        guard now >= watch.nextCheck else { return nil }
        // Until then the request waits for a connection; other limits hold for that.
        let underway = CCurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0
        let moved =
            CCurl_get_offset(easy, CURLINFO_SIZE_UPLOAD_T) + CCurl_get_offset(easy, CURLINFO_SIZE_DOWNLOAD_T)
            + CCurl_get_long(easy, CURLINFO_HEADER_SIZE)
        return watch.check(bytesMoved: underway ? moved : nil, now: now).map { .timeout(host: request.host, phase: $0) }
    }

    /// What curl's final word means for this request. Asked once, before the easy handle is reset.
    func result(_ code: CURLcode) -> Result<ReceivedResponse, HTTPError> {
        if let failure { return .failure(failure) }
        guard code == CURLE_OK else {
            return .failure(HTTPError(code: code, detail: String(cString: detail), host: request.host))
        }
        guard head.complete else {  // curl is content with half a head if the server closes after it
            return .failure(.transfer(host: request.host, reason: "connection closed inside the response head"))
        }
        body.append(contentsOf: repeatElement(0, count: HTTPResponse.padding))
        body.removeLast(HTTPResponse.padding)
        return .success(
            ReceivedResponse(
                status: head.status, headers: head.fields, body: body,
                timeToFirstByte: .microseconds(CCurl_get_offset(easy, CURLINFO_STARTTRANSFER_TIME_T))))
    }
}

// Functions of the file, hence nonisolated, as callbacks from the loop thread must be.

private func headerReceived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    return transfer.receive(header: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func bodyReceived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
    // A short count is how curl is told to stop; for an empty piece there is no shorter one.
    return piece.isEmpty || transfer.receive(body: piece) ? piece.count : 0
}
