/// Data that describes one way to page through one API endpoint. docs/profiles.md has every key.
///
/// A value of this type is consistent: whichever way it was made, it has passed the checks of ``init(document:)``.
package struct EndpointProfile: Hashable, Sendable {
    /// Where in a request something is put.
    package enum Place: String, Hashable, Sendable, CaseIterable {
        case body, query
    }

    /// One parameter of a request. In the body the dots of a key nest: `paging.pageSize`. In the query string a key is
    /// taken as it is.
    package struct Parameter: Hashable, Sendable {
        package let place: Place
        package let key: String
    }

    /// How a request states its interval.
    package enum IntervalForm: Hashable, Sendable {
        /// `from/to` in one parameter.
        case single(Parameter)
        /// Two parameters. With an inclusive end, `to` is sent one millisecond earlier.
        case ends(from: Parameter, to: Parameter, inclusiveEnd: Bool)
    }

    package struct PageSize: Hashable, Sendable {
        package let parameter: Parameter
        package let standard: Int
        package let minimum: Int
        package let maximum: Int

        package var bounds: ClosedRange<Int> { minimum...maximum }
    }

    package enum CursorEncoding: String, Hashable, Sendable, CaseIterable {
        /// The cursor's bytes go into the query string as they are.
        case verbatim
        /// Every byte but the unreserved ones of RFC 3986 is percent-encoded.
        case percent
    }

    package struct CursorForm: Hashable, Sendable {
        package let parameter: Parameter
        /// Where the reply holds the next cursor.
        package let source: ReplyKey
        package let encoding: CursorEncoding
    }

    /// How a walk goes from page to page.
    package enum Continuation: Hashable, Sendable {
        case number(page: Parameter)
        /// `page` is sent, as 1, only while there is no cursor.
        case cursor(CursorForm, page: Parameter?)
        /// The results of a job, from cursor to cursor.
        case job(JobForm, cursor: CursorForm)

        package var cursor: CursorForm? {
            switch self {
            case .number: nil
            case .cursor(let form, _), .job(_, let form): form
            }
        }

        package var job: JobForm? {
            if case .job(let form, _) = self { form } else { nil }
        }
    }

    package struct Paging: Hashable, Sendable {
        package let pageSize: PageSize
        package let continuation: Continuation
        /// The largest `pageSize × pageNumber` the API answers; nil where there is none.
        package let depth: Int?
    }

    /// A member of the reply's object, or of an object in it: `totalHits`, `paging.pageCount`.
    package struct ReplyKey: Hashable, Sendable {
        package let parent: String?
        package let key: String

        package init(parent: String? = nil, key: String) {
            self.parent = parent
            self.key = key
        }

        package var text: String { parent.map { "\($0).\(key)" } ?? key }
    }

    /// Where the reply states how many pages there are. An estimate, whatever states it.
    package struct PageCount: Hashable, Sendable {
        package let key: ReplyKey?
        /// Wins over the key.
        package let header: String?
    }

    package struct Records: Hashable, Sendable {
        /// The key of the page's record array; the first of these that the page has.
        package let keys: [String]
        package let id: String
        package let start: String
        package let end: String
    }

    package enum Method: String, Hashable, Sendable, CaseIterable {
        case post = "POST"
        /// Sends no body.
        case get = "GET"
    }

    package let name: String
    package let description: String
    package let method: Method
    package let path: String
    package let interval: IntervalForm
    /// The request body before the filter and the walk's own parameters are put in.
    package let body: [String: JSONValue]
    package let paging: Paging
    package let records: Records
    /// Where the reply has the page's total, where the endpoint gives one.
    package let total: ReplyKey?
    package let pageCount: PageCount?

    /// All parameters that the walk sets.
    package var walkParameters: [Parameter] {
        var parameters: [Parameter] = []
        switch interval {
        case .single(let parameter): parameters.append(parameter)
        case .ends(let from, let to, _): parameters += [from, to]
        }
        parameters.append(paging.pageSize.parameter)
        switch paging.continuation {
        case .number(let page): parameters.append(page)
        case .cursor(let cursor, let page): parameters += [page, cursor.parameter].compactMap(\.self)
        case .job(let job, let cursor): parameters += [job.startedOnly, cursor.parameter].compactMap(\.self)
        }
        return parameters
    }

    /// The top-level keys that a filter must not set: what the walk puts there, in the body or in the query string,
    /// and the other known spellings of an interval. A filter with one of them would select something else than its
    /// shard, or make every page the same.
    package var reservedKeys: Set<String> {
        let own = walkParameters.map { parameter in
            parameter.place == .body ? String(parameter.key.prefix { $0 != "." }) : parameter.key
        }
        return Set(own).union(["interval", "dateFrom", "dateTo", "paging"])
    }
}
