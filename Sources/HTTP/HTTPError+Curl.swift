import CCurl

extension HTTPError {
    /// The one place where curl's codes become errors. `detail` is curl's own account of the failure, possibly empty.
    init(code: CURLcode, detail: String, host: String) {
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_URL_MALFORMAT:
            self = .invalidRequest(reason: reason)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            self = .connect(host: host, reason: reason)
        case CURLE_OPERATION_TIMEDOUT:
            // The only time-out that is curl's; the other two are the loop's.
            self = .timeout(host: host, phase: .connect)
        case CURLE_PEER_FAILED_VERIFICATION:
            self = .certificate(host: host, reason: reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT, CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
            self = .tls(host: host, reason: reason)
        default:
            self = .transfer(host: host, reason: reason)
        }
    }
}
