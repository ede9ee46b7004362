import FoundationEssentials
import Testing
import TrawlCore

/// Profiles are data: what is read is checked, and everything in them tells plans apart.
struct EndpointProfileTests {
    /// A document with every key that a profile can have.
    private static func document(_ style: String = "number") throws -> JSONValue {
        let cursor = #""cursor":{"in":"query","key":"c","from":"paging.next","encoding":"percent"}"#
        let continuation =
            switch style {
            case "number": #""page":{"in":"query","key":"pageNumber"}"#
            case "cursor": #""page":{"in":"query","key":"page"},\#(cursor)"#
            default: cursor
            }
        let job =
            style == "job"
            ? #""job":{"id":"job.id","results":"rows","state":"state","running":["WAITS","WORKS"],"done":["DONE","READY"],"#
                + #""failed":["FAILED","LOST"],"error":"why","availability":"until","availableTo":"data.to","#
                + #""startedOnly":"flags.started"},"#
            : ""
        let text = """
            {"name":"mine","description":"of my own","method":"POST","path":"/items",
            "interval":{"in":"body","from":"dateFrom","to":"dateTo","inclusiveEnd":true},"body":{"order":"asc","deep":{"a":1}},
            "paging":{"style":"\(style)","pageSize":{"in":"\(style == "job" ? "query" : "body")","key":"deep.size","standard":50,"minimum":5,"maximum":500},
            "depth":10000,\(continuation)},\(job)
            "records":{"keys":["items","rows"],"id":"id","start":"from","end":"until"},"total":{"key":"paging.total"},
            "pageCount":{"key":"paging.pages","header":"X-Pages"}}
            """
        return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    @Test(arguments: ["number", "cursor", "job"])
    func `a profile is read, written and read again as the same`(style: String) throws {
        let profile = try EndpointProfile(document: try Self.document(style))
        #expect(profile.document == (try Self.document(style)))
        #expect(try EndpointProfile(document: profile.document) == profile)
        let copy = try JSONDecoder().decode(EndpointProfile.self, from: try JSONEncoder().encode(profile))
        #expect(copy == profile)
    }

    @Test func `the built-in profiles are complete, distinct, and described in one line`() {
        let profiles = EndpointProfile.builtIn
        #expect(
            profiles.map(\.name) == [
                "details-query", "details-jobs", "details-query-cursor", "details-query-token", "details-query-paged",
                "details-query-pagecount", "summary-queries",
            ])
        #expect(Set(profiles.map(\.identity)).count == profiles.count)
        #expect(profiles.allSatisfy { !$0.description.isEmpty && !$0.description.contains("\n") })
        #expect(profiles[0] == .detailsQuery)
    }

    @Test(arguments: ["number", "cursor", "job"])
    func `every member but the description tells two plans apart`(style: String) throws {
        let document = try Self.document(style)
        let interval = try ShardTests.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
        func hash(_ document: JSONValue) throws -> [UInt8] {
            PlanRequest(interval: interval, profile: try EndpointProfile(document: document), pageSize: 50).hashInput
        }
        let original = try hash(document)
        var changed = 0
        for (path, change) in Self.changes(of: document) {
            // What is no profile any more has no plan.
            guard let other = try? hash(change) else { continue }
            changed += 1
            #expect((other == original) == (path == "description"), "\(path)")
        }
        #expect(changed >= 20)
    }

    /// The document with one leaf changed or removed, for all leaves.
    private static func changes(of value: JSONValue, at path: String = "") -> [(path: String, JSONValue)] {
        switch value {
        case .object(let members):
            return members.flatMap { key, inner in
                let place = path.isEmpty ? key : "\(path).\(key)"
                var changes = Self.changes(of: inner, at: place).map { change in
                    (change.path, JSONValue.object(members.merging([key: change.1]) { $1 }))
                }
                changes.append((place, .object(members.filter { $0.key != key })))
                return changes
            }
        case .string("POST"), .string("number"), .string("cursor"), .string("job"): return []
        case .string("body"): return [(path, .string("query"))]
        case .string("query"): return [(path, .string("body"))]
        case .string("percent"): return [(path, .string("verbatim"))]
        case .string(let text): return [(path, .string(text + "x"))]
        case .integer(let number): return [(path, .integer(number + 1))]
        case .bool(let flag): return [(path, .bool(!flag))]
        case .array(let values): return [(path, .array(values.reversed()))]
        default: return []
        }
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        let path: String
        let value: JSONValue?
        let message: String
        var style = "number"
        var testDescription: String { message }

        init(_ path: String, _ value: JSONValue?, _ message: String, style: String = "number") {
            self.path = path
            self.value = value
            self.message = message
            self.style = style
        }
    }

    @Test(arguments: [
        Fault("paging.pageSize.maximum", .integer(0), "paging.pageSize.maximum: must be a whole number of 1 or more"),
        Fault("paging.pageSize.maximum", .number(1.5), "paging.pageSize.maximum: must be a whole number of 1 or more"),
        Fault(
            "paging.pageSize.standard", .integer(501), "paging.pageSize.standard: must lie between minimum and maximum"),
        Fault(
            "paging.pageSize.standard", .integer(4), "paging.pageSize.standard: must lie between minimum and maximum"),
        Fault("paging.pageSize.minimum", .integer(501), "paging.pageSize.minimum: must not exceed maximum"),
        Fault("paging.pageSize.key", .string("a..b"), "paging.pageSize.key: must not begin or end with a dot"),
        Fault("paging.pageSize.in", .string("header"), #"paging.pageSize.in: must be "body" or "query""#),
        Fault(
            "paging.pagesize", .integer(1),
            "paging.pagesize: unknown key; known here: cursor, depth, page, pageSize, style"),
        Fault("paging.style", .string("jobs"), #"paging.style: must be "number" or "cursor" or "job""#),
        Fault("job", .object([:]), "job: belongs to paging style job"),
        Fault("job", nil, "job: is missing", style: "job"),
        Fault("job.id", nil, "job.id: is missing", style: "job"),
        Fault("job.results", .string("a/b"), "job.results: must be one component of a path", style: "job"),
        Fault("job.results", .string(".."), "job.results: must be one component of a path", style: "job"),
        Fault("job.running", .array([]), "job.running: must be an array with at least one text", style: "job"),
        Fault("job.done", .array([.string("WORKS")]), "job.done: 'WORKS' stands in running too", style: "job"),
        Fault(
            "job.failed", .array([.string("DONE")]), "job.failed: 'DONE' stands in running or done too", style: "job"),
        Fault("job.availableTo", nil, "job.availableTo: is missing; availability is asked for it", style: "job"),
        Fault("job.availableTo", .string("items"), "job.availableTo: 'items' holds the records", style: "job"),
        Fault("job.startedOnly", .string("deep.a"), "body.deep.a: the walk sets this itself", style: "job"),
        Fault("job.state", .string("a.b.c"), "job.state: must be a key of the reply", style: "job"),
        Fault("job.poll", .integer(1), "job.poll: unknown key", style: "job"),
        Fault(
            "paging.page", .object([:]), "paging.page.in: is missing", style: "job"),
        Fault("paging.pageSize.in", .string("body"), #"paging.pageSize.in: must be "query""#, style: "job"),
        Fault("method", .string("GET"), #"method: must be "POST""#, style: "job"),
        Fault("paging.page", nil, "paging.page: is missing; style number needs it"),
        Fault("paging.cursor", nil, "paging.cursor: is missing", style: "cursor"),
        Fault(
            "paging.cursor.encoding", .string("base64"), #"paging.cursor.encoding: must be "verbatim" or "percent""#,
            style: "cursor"),
        Fault(
            "paging.cursor.in", .string("body"), "paging.cursor.encoding: applies to the query string only",
            style: "cursor"),
        Fault(
            "paging.cursor.from", .string("a.b.c"), "paging.cursor.from: must be a key of the reply", style: "cursor"),
        Fault("paging.depth", .string("deep"), "paging.depth: must be a whole number of 1 or more"),
        Fault("colour", .bool(true), "colour: unknown key"), Fault("name", nil, "name: is missing"),
        Fault("name", .string("a b"), "name: must be at most 64 letters, digits and hyphens"),
        Fault("name", .integer(7), "name: must be a text that is not empty"),
        Fault("description", .string("two\nlines"), "description: must not hold control characters"),
        Fault("method", .string("DELETE"), #"method: must be "POST" or "GET""#),
        Fault("method", .string("GET"), "body: a GET request has none"),
        Fault("path", .string("items"), "path: must begin with /"),
        Fault("path", .string("/items?x=1"), "path: must begin with /"),
        Fault("interval", nil, "interval: is missing"),
        Fault("interval", .string("body"), "interval: must be an object"),
        Fault("interval.from", nil, "interval.from: is missing"),
        Fault("interval.key", .string("interval"), "interval.from: cannot stand beside key"),
        Fault("interval.inclusiveEnd", .string("yes"), "interval.inclusiveEnd: must be true or false"),
        Fault(
            "interval.to", .string("dateFrom"),
            "two parameters take the same place in the body: 'dateFrom' and 'dateFrom'"),
        Fault(
            "interval.to", .string("dateFrom.x"),
            "two parameters take the same place in the body: 'dateFrom' and 'dateFrom.x'"),
        Fault("body", .array([]), "body: must be an object"),
        Fault("body.dateTo", .null, "body.dateTo: the walk sets this itself"),
        Fault("body.deep.size", .integer(1), "body.deep.size: the walk sets this itself"),
        Fault("body.deep", .integer(1), "body.deep.size: the walk sets this itself"),
        Fault("records.keys", .array([]), "records.keys: must be an array with at least one text"),
        Fault("records.keys", .array([.string("a"), .integer(1)]), "records.keys[1]: must be a text"),
        Fault("records.keys", .array([.string("a"), .string("a")]), "records.keys[1]: occurs twice"),
        Fault("records.id", .string(""), "records.id: must be a text that is not empty"),
        Fault("total", .string("totalHits"), "total: must be an object"),
        Fault("total.key", .string("items"), "total.key: 'items' holds the records"),
        Fault("pageCount", .object([:]), "pageCount.key: is missing; give key, header, or both"),
        Fault("pageCount.header", .string("X Pages"), "pageCount.header: must be the name of a header"),
    ])
    func `a fault is refused with its place`(fault: Fault) throws {
        let document = try Self.document(fault.style).setting(fault.path.split(separator: ".")[...], to: fault.value)
        let error = try #require(throws: ProfileError.self) { _ = try EndpointProfile(document: document) }
        #expect(error.description.hasPrefix(fault.message), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test(arguments: ["", "[]", "null", "{", #""x""#])
    func `what is no object is no profile`(text: String) {
        #expect(throws: ProfileError.self) { _ = try EndpointProfile(json: Data(text.utf8)) }
    }

    /// Each of these is a profile that the decoder would take, with one of its two values.
    @Test(arguments: [
        (#""maximum":500"#, #""maximum":500,"maximum":100"#, "paging.pageSize.maximum"),
        (#""maximum":500"#, #""max\u0069mum":100,"maximum":500"#, "paging.pageSize.maximum"),
        (#""maximum":500"#, #""maximum":500,"maximum":null"#, "paging.pageSize.maximum"),
        (#""body":{"#, #""body":{"a":[1,{"b":{},"x":[],"b":2}],"#, "body.a[1].b"),
        (#""body":{"#, #""body":{"a.b":1,"a.b":2,"#, #"body["a.b"]"#),
        (#""body":{"#, #""body":{"\n":"\"","\u000a":"\\","#, #"body["\n"]"#),
        (#""body":{"#, #""body":{"e\u0301":1,"\u00e9":2,"#, "body.\u{E9}"),
        (#"{"body":"#, #"{"name":"other","body":"#, "name"),
        (#"{"body":"#, " {\r\n\t\"name\" : \"other\" ,\n\"body\":", "name"),
        (#"{"body":"#, "\u{FEFF}{\"name\":\"other\",\"body\":", "name"),
    ])
    func `a key that is there twice is refused with its place`(old: String, new: String, path: String) throws {
        let text = try Self.document().canonical
        try #require(text.contains(old), "\(text)")
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        _ = try JSONDecoder().decode(EndpointProfile.self, from: Data(changed.utf8))
        let error = try #require(throws: ProfileError.self) { _ = try EndpointProfile(json: Data(changed.utf8)) }
        #expect(error.description == "\(path): occurs twice")
    }

    @Test func `the same key in two objects, and in texts that look like keys, is none twice`() throws {
        for text in [
            #"{"a":{"a":[{"a":1},{"a":2}]},"b":"\"a\":1,\"a\":2","A":-1e5,"":{},"c":[true,null,1.5]}"#,
            "[ ]", " { } ", "7", "\u{FEFF}{\"a\":1}", #"{"a":"\\","b":"\\\""}"#,
        ] {
            let data = Data(text.utf8)
            #expect(try JSONDocument.value(data) == JSONDecoder().decode(JSONValue.self, from: data), "\(text)")
        }
        let wide: [UInt8] = #"{"a":1,"a":2}"#.utf8.flatMap { [$0, 0] }
        for bytes in [wide, [0xFF, 0xFE] + wide, [], [0x7B]] {
            #expect(throws: JSONDocument.Fault.notJSON) { try JSONDocument.value(Data(bytes)) }
        }
        let deep = String(repeating: #"{"a":["#, count: 100) + String(repeating: "]}", count: 100)
        _ = try JSONDocument.value(Data(deep.utf8))
    }

    @Test func `a plan keeps its profile, and a filter's reserved keys are those of the profile`() throws {
        let profile = try EndpointProfile(document: try Self.document())
        #expect(
            profile.reservedKeys == ["dateFrom", "dateTo", "deep", "pageNumber", "interval", "paging"])
        #expect(EndpointProfile.detailsQuery.reservedKeys.isSuperset(of: ["interval", "paging"]))
        #expect(EndpointProfile.builtIn(named: "details-query-token")?.reservedKeys.contains("nextPageToken") == true)
    }

    @Test func `docs/profiles.md has every key of the schema and every built-in profile`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = String(decoding: try Data(contentsOf: root.appending(path: "docs/profiles.md")), as: UTF8.self)
        for style in ["number", "cursor", "job"] {
            for path in Self.paths(of: try Self.document(style)) { #expect(page.contains("`\(path)`"), "\(path)") }
        }
        for profile in EndpointProfile.builtIn { #expect(page.contains("`\(profile.name)`"), "\(profile.name)") }
        // Its example is a profile.
        let start = try #require(page.firstRange(of: "```json\n"))
        let end = try #require(page[start.upperBound...].firstRange(of: "```"))
        _ = try EndpointProfile(json: Data(page[start.upperBound..<end.lowerBound].utf8))
    }

    private static func paths(of value: JSONValue, at path: String = "") -> [String] {
        guard case .object(let members) = value, path != "body" else { return path.isEmpty ? [] : [path] }
        return members.flatMap { paths(of: $1, at: path.isEmpty ? $0 : "\(path).\($0)") }
    }
}

extension JSONValue {
    fileprivate func setting(_ path: ArraySlice<Substring>, to value: JSONValue?) throws -> JSONValue {
        guard let first = path.first.map(String.init) else { return value ?? .null }
        var members: [String: JSONValue] = [:]
        if case .object(let given) = self { members = given }
        if path.count == 1 {
            members[first] = value
        } else {
            members[first] = try (members[first] ?? .object([:])).setting(path.dropFirst(), to: value)
        }
        return .object(members)
    }
}
