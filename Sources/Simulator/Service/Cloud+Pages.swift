import Guarded
import HTTPServer
import TrawlCore

extension Cloud {
    /// `POST /api/v2/analytics/conversations/details/query` as the real API answers it.
    func detailsQuery(_ request: HTTPServerRequest) throws(APIError) -> PageAsk {
        let query = try DetailsQuery(RequestBody.members(of: request), options: options)
        let showsEmpty = options.emptyPageHasArray
        return PageAsk(
            .detailsQuery, query.search, pages.selection(query.search), from: (query.pageNumber - 1) * query.pageSize,
            size: query.pageSize
        ) { figures in
            PageForm(
                recordsKey: "conversations", after: ["\"totalHits\":\(max(0, figures.total))"], showsEmpty: showsEmpty)
        }
    }

    /// A page in one of the dialects.
    func dialectPage(_ endpoint: Endpoint, _ request: HTTPServerRequest) -> Answer {
        page(request) { () throws(APIError) in
            let reader = DialectReader(options: options) { self.pages.selection($0) }
            let (ask, isMixed) = try reader.ask(endpoint, request)
            if isMixed { state.with { $0.statistics.mixedPaging += 1 } }
            return ask
        }
    }

    /// Answers with a page, right or spoilt as the script wants it.
    func page(_ request: HTTPServerRequest, _ read: () throws(APIError) -> PageAsk) -> Answer {
        let ask: PageAsk
        do throws(APIError) {
            ask = try read()
        } catch {
            return failure(error)
        }
        state.with {
            let page = SimulatorStatistics.Page(
                interval: ask.search.interval.apiText, pageSize: ask.pageSize, pageNumber: ask.pageNumber,
                endpoint: ask.endpoint.rawValue)
            $0.statistics.pages[page, default: 0] += 1
        }
        let fault = claimFault(
            FaultRequest(endpoint: ask.endpoint, page: ask.pageNumber, interval: ask.search.interval.apiText))
        if let fault, let spoilt = spoiltPage(ask, fault) { return spoilt }

        let acceptsGzip = options.gzip && Self.acceptsGzip(request)
        var plain: [UInt8] = []
        if !acceptsGzip || options.maximumResponseBytes != nil || fault != nil {
            plain = pages.cached(ask.key) { pages.body(ask) }
        }
        if let limit = options.maximumResponseBytes, plain.count > limit {
            return failure(
                .badRequest(
                    "The response is over the size limit. Reduce pageSize and try again.",
                    code: "response.entity.too.large"))
        }
        var answer = success(plain)
        answer.response.headers += ask.form(ask.figures).headers
        if acceptsGzip, !(fault?.needsPlainBody ?? false) {
            answer.response.body = pages.cached("gzip \(ask.key)") { gzipped(plain.isEmpty ? pages.body(ask) : plain) }
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
}
