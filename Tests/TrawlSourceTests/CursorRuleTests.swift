import HTTP
import HTTPServer
import Testing
import TrawlCore
import TrawlSource

/// What two forum threads say about walking by cursor and by token, rule by rule, over HTTP. The comment of each test
/// names its thread.
struct CursorRuleTests {
    /// Bytes that some layer or other would encode, decode, trim or quote.
    private static let wild = [
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJvIjoxfQ.c2ln-_", "a+b/c==", "%2B%25%7e", "x;y|z,'(q)*!", "a&b=c",
        "?#[]@",
        "ünïcödé-カ", "\\back\"quote\"", ".", "+", "../..", "0",
    ]

    /// The query's own number says which page is asked for: the cursors are not looked at, but for their bytes.
    private static func chain(
        _ cursors: [String], key: String, records: String
    ) -> Service.Answer {
        { count, _ in
            let next = count <= cursors.count ? ",\"\(key)\":\(JSONValue.quoted(cursors[count - 1]))" : ""
            return .page(records, ["id-\(count)", "more-\(count)"], next)
        }
    }

    // 000_ac54304694d6aed0.txt: "just paste the string directly into the url template. don't let the library touch it"
    @Test func `a cursor goes back byte for byte, never encoded or decoded`() async throws {
        let walk = try await HTTPWalk.walk(
            "details-query-cursor", answer: Self.chain(Self.wild, key: "nextPageCursor", records: "conversations"))
        #expect(walk.queries == ["pageSize=2"] + Self.wild.map { "pageSize=2&nextPageCursor=\($0)" })
        #expect(walk.ids.count == 2 * (Self.wild.count + 1))
    }

    // 000_ac54304694d6aed0.txt: "the cursor is a signed token. if you treat it like a normal string, it breaks"
    @Test func `a cursor means what its JSON text means, however that is escaped`() async throws {
        let walk = try await HTTPWalk.walk("details-query-cursor") { count, _ in
            .page(
                "conversations", ["id-\(count)"],
                count == 1 ? #","nextPageCursor":"a\/b\u002Bc\u00e9\ud83d\ude00\"""# : "")
        }
        #expect(walk.queries.last == "pageSize=2&nextPageCursor=a/b+cé😀\"")
    }

    // 000_ac54304694d6aed0.txt: "the cursor contains characters that get stripped or mangled by standard URL parsers"
    @Test(arguments: [
        (" ", "0x20"), ("a b", "0x20"), (#"a\nb"#, "0x0a"), (#"\u0000"#, "0x00"), (#"a\u007f"#, "0x7f"),
        (#"\ud800"#, "surrogate"),
    ])
    func `a cursor that cannot go back unchanged is refused, not changed`(raw: String, word: String) async throws {
        do {
            _ = try await HTTPWalk.walk("details-query-cursor") { count, _ in
                .page("conversations", ["id-\(count)"], ",\"nextPageCursor\":\"\(raw)\"")
            }
            Issue.record("no failure")
        } catch let error as FetchFailure {
            #expect(error.kind == "refused")
            #expect(error.description.contains("'nextPageCursor'") && error.description.contains(word), "\(error)")
        }
    }

    // 000_ac54304694d6aed0.txt: "sometimes the cursor expires or becomes invalid if the query window shifts between
    // requests. keep the range consistent"; its end is the last millisecond of the day
    @Test func `the interval stays the same from the first page to the last, its end included`() async throws {
        let walk = try await HTTPWalk.walk(
            "details-query-cursor",
            answer: Self.chain(["a", "b", "c"], key: "nextPageCursor", records: "conversations"))
        #expect(walk.requests.count == 4)
        #expect(
            Set(walk.bodies) == [#"{"dateFrom":"2024-03-01T00:00:00.000Z","dateTo":"2024-03-01T00:59:59.999Z"}"#])
        #expect(walk.requests.allSatisfy { $0.method == "POST" })
    }

    // 000_ac54304694d6aed0.txt: "the cursor might be stale. analytics queries can invalidate cursors if the underlying
    // data changes during the pagination window"
    @Test(arguments: [
        HTTPServerResponse.error(400, "bad.request", "invalid cursor format"), .error(410, "gone", "expired"),
        .error(400, "invalid.nextPageCursor", "no"),
    ])
    func `a cursor that the API refuses starts the walk over`(refusal: HTTPServerResponse) async throws {
        let walk = try await HTTPWalk.walk("details-query-cursor") { count, _ in
            count == 2
                ? refusal
                : .page("conversations", ["id-\(count)"], count == 4 ? "" : #","nextPageCursor":"c\#(count)""#)
        }
        #expect(walk.queries.map { $0.hasSuffix("=2") ? "" : String($0.suffix(2)) } == ["", "c1", "", "c3"])
        #expect(walk.proof.walks == 2 && walk.ids == ["id-3", "id-4"])
    }

    // 000_ac54304694d6aed0.txt: a 400 on the first page is no fault of a cursor
    @Test func `without a cursor in the request no refusal is about one`() async throws {
        await #expect(throws: FetchFailure.self) {
            _ = try await HTTPWalk.walk("details-query-cursor") { _, _ in .error(400, "bad.request", "invalid cursor") }
        }
    }

    // 001_7dfc0fb515d9e35d.txt: "nextPageToken replaces page. Stop sending both"; "Never include page in params once you
    // have a token"
    @Test func `the page parameter goes once there is a token`() async throws {
        let walk = try await HTTPWalk.walk(
            "details-query-token", answer: Self.chain(["t1", "t2"], key: "nextPageToken", records: "entities"))
        #expect(walk.queries == ["page=1", "nextPageToken=t1", "nextPageToken=t2"])
        #expect(
            walk.bodies.allSatisfy { $0.contains(#""pageSize":2"#) && !$0.contains("Token") && !$0.contains("page\"") })
        #expect(walk.bodies.allSatisfy { $0.contains(#""dateTo":"2024-03-01T01:00:00.000Z""#) })
    }

    // 001_7dfc0fb515d9e35d.txt: "nextPageToken is opaque so you must pass it verbatim in the query params"
    @Test func `a token goes back byte for byte`() async throws {
        let walk = try await HTTPWalk.walk(
            "details-query-token", answer: Self.chain(Self.wild, key: "nextPageToken", records: "entities"))
        #expect(walk.queries == ["page=1"] + Self.wild.map { "nextPageToken=\($0)" })
    }

    // 001_7dfc0fb515d9e35d.txt: "You must explicitly check for the existence of the token"; "blindly passing None or an
    // empty string can trigger a 400"
    @Test(arguments: ["", #","nextPageToken":null"#, #","nextPageToken":"""#])
    func `a token is checked before it is used: absent, null and empty are the end`(last: String) async throws {
        let walk = try await HTTPWalk.walk("details-query-token") { count, _ in
            .page("entities", ["id-\(count)"], count == 1 ? #","nextPageToken":"t""# : last)
        }
        #expect(walk.requests.count == 2)
        #expect(walk.proof.verdict == .unverifiable && walk.proof.end == .noCursor)
    }

    // 001_7dfc0fb515d9e35d.txt: "strict type checking"
    @Test(arguments: ["0", "false", "{}", "[\"t\"]"])
    func `a token that is no text is a malformed page`(value: String) async throws {
        do {
            _ = try await HTTPWalk.walk("details-query-token") { _, _ in
                .page("entities", ["a"], ",\"nextPageToken\":\(value)")
            }
            Issue.record("no failure")
        } catch let error as FetchFailure {
            #expect(error.kind == "transient" && error.description.contains("cursor"))
        }
    }

    // 001_7dfc0fb515d9e35d.txt: "Check for entities length to avoid empty loops"; "the analytics engine is eventually
    // consistent"
    @Test func `a page without entities is asked again, and a chain of them comes to an end`() async throws {
        let healed = try await HTTPWalk.walk("details-query-token") { count, _ in
            .page(
                "entities", count == 2 || count == 3 ? [] : ["id-\(count)"], count == 1 ? #","nextPageToken":"t""# : "")
        }
        #expect(healed.repeats == 2 && healed.ids == ["id-1", "id-4"])
        #expect(healed.queries == ["page=1", "nextPageToken=t", "nextPageToken=t", "nextPageToken=t"])
        let endless = try await HTTPWalk.walk("details-query-token") { count, _ in
            .page("entities", [], #","nextPageToken":"t\#(count)""#)
        }
        #expect(endless.proof.verdict == .short && endless.proof.walks == 5)
    }

    // 001_7dfc0fb515d9e35d.txt: "silent data loss or infinite loops"
    @Test func `a token that comes back does not loop`() async throws {
        let walk = try await HTTPWalk.walk("details-query-token") { count, _ in
            .page("entities", ["id-\(count)"], #","nextPageToken":"same""#)
        }
        #expect(walk.proof.verdict == .short && walk.proof.end == .repeatedCursor)
        #expect(walk.requests.count == 2 * 5)
    }

    // 001_7dfc0fb515d9e35d.txt: records are in `entities`, though other endpoints say `conversations`
    @Test func `entities come first, and the other keys stand in for them`() async throws {
        for key in ["entities", "conversations", "data"] {
            let walk = try await HTTPWalk.walk("details-query-token") { _, _ in .page(key, ["a"]) }
            #expect(walk.ids == ["a"])
        }
    }
}
