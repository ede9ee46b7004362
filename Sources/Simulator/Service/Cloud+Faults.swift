import Guarded
import HTTPServer

extension Cloud {
    /// Counts a request and finds the fault that strikes it. Faults that concern the whole cloud take effect here.
    func claimFault(_ request: FaultRequest) -> Fault? {
        let now = clock.microseconds()
        return state.with { state in
            let fault = state.faults.fault(for: request, now: now)
            if fault != nil { state.statistics.faults += 1 }
            if fault == .expireTokens { state.desk.expireAll() }
            return fault
        }
    }

    /// Answers with something that is no page, right or spoilt as the script wants it. Where the fault is an error
    /// instead of the answer, the answer is never made.
    func struck(_ request: FaultRequest, _ make: (Fault?) -> Answer) -> Answer {
        guard let fault = claimFault(request) else { return make(nil) }
        return refusal(fault) ?? spoil(make(fault), with: fault)
    }

    /// The error that a fault puts in the place of any answer.
    private func refusal(_ fault: Fault) -> Answer? {
        switch fault {
        case .status(let error): failure(error)
        case .expireTokens: failure(APIError(401, "bad.credentials", "Invalid login credentials."))
        case .storm(_, _, let retryAfter): failure(.tooManyRequests(retryAfter: retryAfter))
        case .cursorInvalid: failure(.invalidCursor)
        default: nil
        }
    }

    /// The answer where a fault concerns what the page holds; nil where the right page is needed first.
    func spoiltPage(_ ask: PageAsk, _ fault: Fault) -> Answer? {
        if let refusal = refusal(fault) { return refusal }
        var figures = ask.figures
        func page(
            _ positions: [Int]? = nil, showsEmpty: Bool? = nil, change: ((inout [[UInt8]]) -> Void)? = nil
        ) -> Answer {
            let form = ask.form(figures)
            var answer = success(
                pages.body(positions ?? ask.positions(), form, showsEmpty: showsEmpty, change: change))
            answer.response.headers += form.headers
            return answer
        }
        switch fault {
        case .emptyPage(let array): return page([], showsEmpty: array)
        case .duplicatePage: return page(ask.pageBefore())
        case .totalDrift(let by):
            figures.total += by
            return page()
        case .stalePageCount(let by, let place):
            if place != .header { figures.pageCount = max(0, figures.pageCount + by) }
            if place != .body { figures.announcedPageCount = max(0, figures.announcedPageCount + by) }
            return page()
        case .cursorRepeat:
            figures.next = ask.matches.lowerBound
            return page()
        case .job(let fate):
            let now = clock.microseconds()
            let phase = state.with { $0.jobs.look(at: ask.job ?? "", fate: fate, now: now)?.phase(at: now) }
            return failure(.noResults(phase ?? .expired))
        case .mutate(.dropRecord): return page(ask.positions().dropLast())
        case .mutate(.shift): return page(ask.positions(shiftedBy: 1))
        case .mutate(.shiftBack): return page(ask.positions(shiftedBy: -1))
        case .mutate(.prettyPrinted):
            var answer = page()
            answer.response.body = PrettyPrinter.printed(answer.response.body)
            return answer
        case .mutate(let mutation): return page(change: mutation.change)
        case .oversizedRecord(let bytes):
            return page { records in
                if let first = records.first { records[0] = RecordSurgery.swollen(first, to: bytes) }
            }
        case .hugePage(let bytes):
            return page { records in
                let space = Array(repeating: UInt8(ascii: " "), count: bytes)
                records = [space + (records.first ?? [])] + records.dropFirst()
            }
        case .gzipBomb(let bytes):
            var answer = page()
            answer.response.body = GzipBomb.packed(answer.response.body, behind: bytes)
            answer.response.headers.append(("Content-Encoding", "gzip"))
            return answer
        case .gzipCorrupt:
            var answer = page()
            answer.response.body = gzipped(answer.response.body)
            answer.response.headers.append(("Content-Encoding", "gzip"))
            let middle = answer.response.body.count / 2
            for position in middle..<answer.response.body.count { answer.response.body[position] ^= 0x55 }
            return answer
        case .status, .storm, .expireTokens, .cursorInvalid, .reset, .truncate, .drop, .truncateJSON, .slow, .delay,
            .html, .bom, .wrongContentType:
            return nil
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
        case .bom: answer.response.body.insert(contentsOf: [0xEF, 0xBB, 0xBF], at: 0)
        case .wrongContentType(let type):
            answer.response.headers.removeAll { $0.0 == "Content-Type" }
            answer.response.headers.append(("Content-Type", type))
        case .storm, .expireTokens, .cursorInvalid, .cursorRepeat, .stalePageCount, .emptyPage, .duplicatePage,
            .totalDrift, .gzipCorrupt, .mutate, .job,
            .oversizedRecord, .hugePage, .gzipBomb:
            break
        }
        return answer
    }
}

extension PageAsk {
    /// The positions of the records of the page before; of the first page its own.
    fileprivate func pageBefore() -> [Int] {
        selection.page(size: pageSize, number: max(1, pageNumber - 1)).map { selection[$0] }
    }
}

extension Fault {
    /// Cutting a compressed body, or writing before it, would damage the compression, not the JSON.
    var needsPlainBody: Bool {
        switch self {
        case .truncateJSON, .bom: true
        default: false
        }
    }
}
