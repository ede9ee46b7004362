import Testing
import TrawlCore

@testable import TrawlDashboard

struct WordingTests {
    // MARK: - Events

    @Test func `an event is framed as the format has it`() {
        let frame = EventFrame(event: "view", id: 7, data: "{\"a\":1}")
        #expect(String(decoding: frame.bytes, as: UTF8.self) == "event: view\nid: 7\ndata: {\"a\":1}\n\n")
    }

    @Test func `line breaks cannot end an event or begin another field`() {
        let frame = EventFrame(event: "trouble", data: "one\n\nevent: view\r\ndata: two\r")
        #expect(
            String(decoding: frame.bytes, as: UTF8.self)
                == "event: trouble\ndata: one\ndata: \ndata: event: view\ndata: data: two\ndata: \n\n")
    }

    // MARK: - Paths

    @Test func `paths name what there is`() throws {
        let id = shard(0).id
        let known: [(String, Route)] = [
            ("/", .page), ("/runs/r", .page), ("/login", .login), ("/logout", .logout),
            ("/assets/app.js", .asset("app.js")),
            ("/api/session", .session), ("/api/runs", .runs), ("/api/events", .runsEvents), ("/api/runs/r", .run("r")),
            ("/api/runs/r/events", .runEvents("r")), ("/api/runs/r/history", .history("r")),
            ("/api/runs/r/shards", .shards("r")), ("/api/runs/r/shards/\(id)", .shard("r", id)),
            ("/api/runs/r/pause", .control("r", verb: "pause")),
            ("/api/runs/r/shards/\(id)/skip", .decision("r", id, verb: "skip")),
        ]
        for (path, route) in known { #expect(Route(path) == route, "\(path)") }
    }

    @Test(arguments: [
        "", "x", "//", "/runs", "/runs/", "/runs/r/", "/api", "/api/", "/api/runs/", "/api/runs//pause",
        "/api/runs/r/stop",
        "/api/runs/r/shards/x", "/api/runs/r/shards/x/retry",
        "/api/runs/r/shards/20240101T000000Z-20240101T010000Z/burn",
        "/assets/a/b", "/assets", "/login/", "/API/runs",
    ])
    func `everything else names nothing`(path: String) { #expect(Route(path) == nil) }

    @Test func `what changes something takes nothing but POST`() {
        let id = shard(0).id
        for route in [Route.control("r", verb: "pause"), .decision("r", id, verb: "retry"), .logout] {
            #expect(route.methods == ["POST"])
        }
        for route in [Route.page, .run("r"), .shard("r", id), .runsEvents] { #expect(!route.methods.contains("POST")) }
    }

    // MARK: - Queries

    @Test func `queries are decoded, and what is no escape stands for itself`() {
        let query = QueryText("from=2024-01-01T00%3A00%3A00Z&a=b=c&empty=&bare&plus=a+b&odd=%zz%4&utf=%C3%A9%+1")
        #expect(query["from"] == "2024-01-01T00:00:00Z")
        #expect(query["a"] == "b=c")
        #expect(query["empty"] == "" && query["bare"] == "")
        #expect(query["plus"] == "a b")
        #expect(query["odd"] == "%zz%4")
        #expect(query["utf"] == "é% 1")
        #expect(query["absent"] == nil)
    }
}
