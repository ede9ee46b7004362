package import FoundationEssentials

extension EndpointProfile {
    /// Reads a profile file. Throws a ``ProfileError`` that names the place of the first fault; a key that is there twice
    /// comes before all others.
    package init(json: Data) throws(ProfileError) {
        let document: JSONValue
        do throws(JSONDocument.Fault) {
            document = try JSONDocument.value(json)
        } catch {
            throw ProfileError(path: "", problem: error.description)
        }
        try self.init(document: document)
    }

    /// Reads and checks a profile document. Unknown keys are refused: a misspelt one would change the walk silently.
    package init(document: JSONValue) throws(ProfileError) {
        let root = try ProfileObject(
            document,
            keys: [
                "name", "description", "method", "path", "interval", "body", "paging", "job", "records", "total",
                "pageCount",
            ])
        name = try Self.name(root)
        description = try root.optionalText("description") ?? ""
        method = try root.choice("method", Method.self)
        path = try Self.path(root)
        interval = try Self.interval(root)
        switch root.value("body") {
        case nil: body = [:]
        case .object(let members): body = members
        default: throw root.fail("body", "must be an object")
        }
        paging = try Self.paging(root)
        let records = try root.object("records", keys: ["keys", "id", "start", "end"])
        self.records = Records(
            keys: try records.texts("keys"), id: try records.text("id"), start: try records.text("start"),
            end: try records.text("end"))
        total = try root.optionalObject("total", keys: ["key"]).map { object throws(ProfileError) in
            try Self.replyKey(object, "key")
        }
        pageCount = try Self.pageCount(root)
        try checkRequest()
        try checkReply()
    }

    private static func name(_ root: ProfileObject) throws(ProfileError) -> String {
        let name = try root.text("name")
        guard name.utf8.count <= 64, name.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
            throw root.fail("name", "must be at most 64 letters, digits and hyphens")
        }
        return name
    }

    private static func path(_ root: ProfileObject) throws(ProfileError) -> String {
        let path = try root.text("path")
        guard path.utf8.first == UInt8(ascii: "/"),
            path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else {
            throw root.fail("path", "must begin with / and hold printable ASCII without spaces, ? and #")
        }
        return path
    }

    private static func interval(_ root: ProfileObject) throws(ProfileError) -> IntervalForm {
        let object = try root.object("interval", keys: ["in", "key", "from", "to", "inclusiveEnd"])
        if object.value("key") != nil {
            for other in ["from", "to", "inclusiveEnd"] where object.value(other) != nil {
                throw object.fail(other, "cannot stand beside key: one parameter holds the whole interval")
            }
            return .single(try parameter(object, "key"))
        }
        guard object.value("from") != nil || object.value("to") != nil else {
            throw object.fail("key", "is missing; give key, or from and to")
        }
        return .ends(
            from: try parameter(object, "from"), to: try parameter(object, "to"),
            inclusiveEnd: try object.flag("inclusiveEnd"))
    }

    private static func paging(_ root: ProfileObject) throws(ProfileError) -> Paging {
        enum Style: String, CaseIterable { case number, cursor, job }
        let object = try root.object("paging", keys: ["style", "pageSize", "page", "cursor", "depth"])
        let size = try object.object("pageSize", keys: ["in", "key", "standard", "minimum", "maximum"])
        let pageSize = PageSize(
            parameter: try parameter(size, "key"), standard: try size.count("standard"),
            minimum: try size.optionalCount("minimum") ?? 1, maximum: try size.count("maximum"))
        guard pageSize.minimum <= pageSize.maximum else { throw size.fail("minimum", "must not exceed maximum") }
        guard pageSize.bounds.contains(pageSize.standard) else {
            throw size.fail("standard", "must lie between minimum and maximum")
        }
        let page = try object.optionalObject("page", keys: ["in", "key"]).map { page throws(ProfileError) in
            try parameter(page, "key")
        }
        let continuation: Continuation
        let style = try object.choice("style", Style.self)
        if style != .job, root.value("job") != nil { throw root.fail("job", "belongs to paging style job") }
        switch style {
        case .number:
            guard let page else { throw object.fail("page", "is missing; style number needs it") }
            if object.value("cursor") != nil { throw object.fail("cursor", "belongs to the styles cursor and job") }
            continuation = .number(page: page)
        case .cursor:
            continuation = .cursor(try cursorForm(object), page: page)
        case .job:
            if page != nil { throw object.fail("page", "belongs to the styles number and cursor") }
            let cursor = try cursorForm(object)
            // Results are read with GET.
            for (name, parameter) in [("pageSize", pageSize.parameter), ("cursor", cursor.parameter)]
            where parameter.place == .body {
                throw object.fail("\(name).in", "must be \"query\": the results of a job are read without a body")
            }
            continuation = .job(try jobForm(root), cursor: cursor)
        }
        return Paging(pageSize: pageSize, continuation: continuation, depth: try object.optionalCount("depth"))
    }

    private static func cursorForm(_ paging: ProfileObject) throws(ProfileError) -> CursorForm {
        let form = try paging.object("cursor", keys: ["in", "key", "from", "encoding"])
        let cursor = CursorForm(
            parameter: try parameter(form, "key"), source: try replyKey(form, "from"),
            encoding: form.value("encoding") == nil ? .verbatim : try form.choice("encoding", CursorEncoding.self))
        if cursor.parameter.place == .body, cursor.encoding == .percent {
            throw form.fail("encoding", "applies to the query string only; the body holds the cursor as a text")
        }
        return cursor
    }

    private static func pageCount(_ root: ProfileObject) throws(ProfileError) -> PageCount? {
        guard let object = try root.optionalObject("pageCount", keys: ["key", "header"]) else { return nil }
        let header = try object.optionalText("header")
        if let header {
            guard header.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
                throw object.fail("header", "must be the name of a header")
            }
        }
        let key = object.value("key") == nil ? nil : try replyKey(object, "key")
        guard header != nil || key != nil else { throw object.fail("key", "is missing; give key, header, or both") }
        return PageCount(key: key, header: header)
    }

    private static func parameter(_ object: ProfileObject, _ key: String) throws(ProfileError) -> Parameter {
        let parameter = Parameter(place: try object.choice("in", Place.self), key: try object.text(key))
        if parameter.place == .body, parameter.components.contains("") {
            throw object.fail(key, "must not begin or end with a dot, or have two in a row")
        }
        return parameter
    }

    static func replyKey(_ object: ProfileObject, _ key: String) throws(ProfileError) -> ReplyKey {
        let parts = try object.text(key).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, !parts.contains("") else {
            throw object.fail(key, "must be a key of the reply, or two with a dot between")
        }
        return parts.count == 2 ? ReplyKey(parent: parts[0], key: parts[1]) : ReplyKey(key: parts[0])
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    /// No two things may be put in the same place, and a request without a body takes nothing in one.
    private func checkRequest() throws(ProfileError) {
        let parameters = walkParameters
        if paging.continuation.job != nil, method != .post {
            throw ProfileError(path: "method", problem: "must be \"POST\": that is how a job is submitted")
        }
        if method == .get {
            guard body.isEmpty else { throw ProfileError(path: "body", problem: "a GET request has none") }
            if let parameter = parameters.first(where: { $0.place == .body }) {
                throw ProfileError(
                    path: "method", problem: "a GET request has no body, but '\(parameter.key)' is to be put in one")
            }
        }
        for (index, parameter) in parameters.enumerated() {
            for earlier in parameters[..<index] where parameter.collides(with: earlier) {
                throw ProfileError(
                    path: "",
                    problem: "two parameters take the same place in the \(parameter.place.rawValue): "
                        + "'\(earlier.key)' and '\(parameter.key)'")
            }
            if parameter.place == .body, Self.isTaken(parameter.components[...], in: .object(body)) {
                throw ProfileError(
                    path: "body.\(parameter.key)", problem: "the walk sets this itself, in every request")
            }
        }
    }

    /// Whether something stands in `value` where the components lead, or in their way.
    private static func isTaken(_ components: ArraySlice<String>, in value: JSONValue) -> Bool {
        guard let first = components.first, case .object(let members) = value else { return true }
        return members[first].map { isTaken(components.dropFirst(), in: $0) } ?? false
    }

    /// What is read from beside the records must not lie in them.
    private func checkReply() throws(ProfileError) {
        var keys: [(path: String, key: ReplyKey)] = []
        if let total { keys.append(("total.key", total)) }
        if let key = pageCount?.key { keys.append(("pageCount.key", key)) }
        if let cursor = paging.continuation.cursor { keys.append(("paging.cursor.from", cursor.source)) }
        if let key = paging.continuation.job?.availableTo { keys.append(("job.availableTo", key)) }
        for (path, key) in keys where records.keys.contains(key.parent ?? key.key) {
            throw ProfileError(path: path, problem: "'\(key.parent ?? key.key)' holds the records")
        }
    }
}

extension EndpointProfile.Parameter {
    /// The keys from the body's top level down.
    package var components: [String] {
        place == .body ? key.split(separator: ".", omittingEmptySubsequences: false).map(String.init) : [key]
    }

    func collides(with other: Self) -> Bool {
        guard place == other.place else { return false }
        let mine = components
        let theirs = other.components
        return mine.starts(with: theirs) || theirs.starts(with: mine)
    }
}
