import TrawlCore

/// What a simulator has been asked so far.
package struct SimulatorStatistics: Sendable {
    /// The API requests of one client in one stretch of the clock as long as the rate window (60 s without a limit).
    package struct Window: Sendable, Equatable {
        package let client: String
        /// Milliseconds of the simulator's clock at which the window begins.
        package let start: Int64
        package var admitted = 0
        package var refused = 0
    }

    /// A page of a query as it was asked for.
    package struct Page: Sendable, Hashable {
        package let interval: String
        package let pageSize: Int
        package let pageNumber: Int
        package var endpoint = "details-query"
    }

    /// By endpoint (as fault scripts name it, or `other`) and HTTP status; requests that were answered by a reset
    /// or a drop count under the status they would have had.
    package internal(set) var requests: [String: [Int: Int]] = [:]
    /// The most recent windows, oldest first.
    package internal(set) var windows: [Window] = []
    /// The most API requests, refused ones included, that one client sent within any stretch as long as the window,
    /// however aligned.
    package internal(set) var peak = 0
    /// How often each page was asked for by requests that passed authentication, rate limit and validation.
    package internal(set) var pages: [Page: Int] = [:]
    /// The most requests that were being answered at the same time.
    package internal(set) var concurrencyPeak = 0
    /// How many faults happened.
    package internal(set) var faults = 0
    /// How many requests of the token dialect gave `page` and `nextPageToken` together, and lost their way on.
    package internal(set) var mixedPaging = 0

    /// What became of jobs at the hands of clients.
    package struct Jobs: Sendable, Equatable {
        package var submitted = 0
        /// Deleted while running.
        package var cancelled = 0
        /// Deleted after they ended.
        package var deleted = 0
        /// The most that were running at the same time.
        package var runningPeak = 0
    }

    package internal(set) var jobs = Jobs()

    package var tooManyRequests: Int { requests.values.reduce(0) { $0 + ($1[429] ?? 0) } }

    /// Requests to the API proper, whatever became of them: all but logins and stray paths.
    package var apiRequests: Int {
        Endpoint.allCases.filter(\.isOfAPI).reduce(0) { $0 + (requests[$1.rawValue]?.values.reduce(0, +) ?? 0) }
    }

    /// Pages that were asked for more than once.
    package var repeatedPages: [Page: Int] { pages.filter { $0.value > 1 } }

    private static let listed = 1000

    /// The body of `GET /stats`.
    var json: String {
        let endpoints = requests.sorted { $0.key < $1.key }.map { endpoint, statuses in
            "\(JSONValue.quoted(endpoint)):{"
                + statuses.sorted { $0.key < $1.key }.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        }
        let usage = windows.suffix(Self.listed).map {
            #"{"client":\#(JSONValue.quoted($0.client)),"start":\#($0.start),"admitted":\#($0.admitted),"refused":\#($0.refused)}"#
        }
        let repeated = repeatedPages.sorted {
            ($0.key.interval, $0.key.pageNumber) < ($1.key.interval, $1.key.pageNumber)
        }
        .prefix(Self.listed).map { page, requests in
            #"{"endpoint":"\#(page.endpoint)","interval":\#(JSONValue.quoted(page.interval)),"pageSize":\#(page.pageSize),"#
                + #""pageNumber":\#(page.pageNumber),"requests":\#(requests)}"#
        }
        return #"{"requests":{\#(endpoints.joined(separator: ","))},"apiRequests":\#(apiRequests),"#
            + #""tooManyRequests":\#(tooManyRequests),"peak":\#(peak),"windows":[\#(usage.joined(separator: ","))],"#
            + #""pages":{"distinct":\#(pages.count),"repeated":[\#(repeated.joined(separator: ","))]},"#
            + #""concurrencyPeak":\#(concurrencyPeak),"faults":\#(faults),"mixedPaging":\#(mixedPaging),"#
            + #""jobs":{"submitted":\#(jobs.submitted),"cancelled":\#(jobs.cancelled),"deleted":\#(jobs.deleted),"#
            + #""runningPeak":\#(jobs.runningPeak)}}"#
    }
}
