import Guarded
import HTTPServer
import TrawlCore

extension Cloud {
    /// `POST /api/v2/analytics/conversations/details/query`, for a client that may ask.
    func detailsQuery(_ request: HTTPServerRequest) -> Answer {
        let query: DetailsQuery
        do throws(APIError) {
            guard Self.mediaType(of: request) == "application/json" else {
                throw APIError(415, "unsupported.media.type", APIError.standard(415).message)
            }
            guard request.body.count <= Self.maximumRequestBytes else {
                throw APIError(413, "request.entity.too.large", APIError.standard(413).message)
            }
            query = try DetailsQuery(body: request.body, options: options)
        } catch {
            return failure(error)
        }
        let acceptsGzip = options.gzip && Self.acceptsGzip(request)
        let fault = claimFault(query)
        if let fault, let spoilt = spoiltPage(query, fault) { return spoilt }

        var plain: [UInt8] = []
        if !acceptsGzip || options.maximumResponseBytes != nil || fault != nil {
            plain = pages.cached("\(query.selectionKey) \(query.pageSize) \(query.pageNumber)") { pages.body(query) }
        }
        if let limit = options.maximumResponseBytes, plain.count > limit {
            return failure(
                .badRequest(
                    "The response is over the size limit. Reduce pageSize and try again.",
                    code: "response.entity.too.large"))
        }
        var answer = success(plain)
        let wantsPlain = fault.map { $0.needsPlainBody } ?? false
        if acceptsGzip, !wantsPlain {
            answer.response.body = pages.cached("gzip \(query.selectionKey) \(query.pageSize) \(query.pageNumber)") {
                gzipped(plain.isEmpty ? pages.body(query) : plain)
            }
            answer.response.headers.append(("Content-Encoding", "gzip"))
        }
        return fault.map { spoil(answer, with: $0) } ?? answer
    }

    private static func acceptsGzip(_ request: HTTPServerRequest) -> Bool {
        (request.header("Accept-Encoding") ?? "").split(separator: ",").contains { coding in
            let parts = coding.lowercased().split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "gzip" && !parts.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" }
        }
    }

    private func claimFault(_ query: DetailsQuery) -> Fault? {
        let now = clock.microseconds()
        let interval = query.interval.apiText
        return state.with { state in
            let page = SimulatorStatistics.Page(
                interval: interval, pageSize: query.pageSize, pageNumber: query.pageNumber)
            state.statistics.pages[page, default: 0] += 1
            let fault = state.faults.fault(
                for: FaultRequest(endpoint: .detailsQuery, page: query.pageNumber, interval: interval), now: now)
            if fault != nil { state.statistics.faults += 1 }
            if fault == .expireTokens { state.desk.expireAll() }
            return fault
        }
    }

    /// The answer where a fault concerns what the page holds; nil where the right page is needed first.
    private func spoiltPage(_ query: DetailsQuery, _ fault: Fault) -> Answer? {
        let selection = pages.selection(query)
        func positions(_ query: DetailsQuery, shiftedBy shift: Int = 0) -> [Int] {
            let page = selection.page(size: query.pageSize, number: query.pageNumber)
            let last = min(selection.count, page.upperBound + shift)
            return (min(last, page.lowerBound + shift)..<last).map { selection[$0] }
        }
        switch fault {
        case .expireTokens: return failure(APIError(401, "bad.credentials", "Invalid login credentials."))
        case .storm(_, _, let retryAfter): return failure(.tooManyRequests(retryAfter: retryAfter))
        case .emptyPage(let array): return success(pages.body([], total: selection.count, emptyArray: array))
        case .duplicatePage:
            var previous = query
            previous.pageNumber = max(1, query.pageNumber - 1)
            return success(pages.body(positions(previous), total: selection.count))
        case .totalDrift(let by): return success(pages.body(positions(query), total: selection.count + by))
        case .mutate(.dropRecord):
            return success(pages.body(positions(query).dropLast(), total: selection.count))
        case .mutate(.shift): return success(pages.body(positions(query, shiftedBy: 1), total: selection.count))
        case .mutate(let change):
            return success(pages.body(positions(query), total: selection.count, mutation: change))
        case .gzipCorrupt:
            var answer = success(gzipped(pages.body(query)))
            answer.response.headers.append(("Content-Encoding", "gzip"))
            let middle = answer.response.body.count / 2
            for position in middle..<answer.response.body.count { answer.response.body[position] ^= 0x55 }
            return answer
        case .status, .reset, .truncate, .drop, .truncateJSON, .slow, .delay, .html: return nil
        }
    }

    /// Damages an answer on its way out.
    func spoil(_ answer: Answer, with fault: Fault) -> Answer {
        var answer = answer
        switch fault {
        case .status(let error): return failure(error)
        case .reset(let after): answer.response.delivery = .reset(after: after)
        case .truncate(let after): answer.response.delivery = .truncate(after: after)
        case .drop: answer.response.delivery = .drop
        case .truncateJSON(let after):
            let length = min(after ?? answer.response.body.count / 2, answer.response.body.count - 1)
            answer.response.body.removeSubrange(max(0, length)...)
        case .slow(let chunk, let every): answer.response.delivery = .drip(chunk: chunk, every: every)
        case .delay(let duration): answer.delay += duration
        case .html(let status):
            answer.response = HTTPServerResponse(
                status: status, headers: [("Content-Type", "text/html")],
                body: Array("<html><head><title>Proxy</title></head><body>Please log in.</body></html>".utf8))
        case .storm, .expireTokens, .emptyPage, .duplicatePage, .totalDrift, .gzipCorrupt, .mutate: break
        }
        return answer
    }
}

extension Fault {
    /// Cutting a compressed body would damage the compression, not the JSON.
    fileprivate var needsPlainBody: Bool {
        if case .truncateJSON = self { true } else { false }
    }
}
